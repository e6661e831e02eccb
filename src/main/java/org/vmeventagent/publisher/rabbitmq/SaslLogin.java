package org.vmeventagent.publisher.rabbitmq;

import com.rabbitmq.client.LongString;
import com.rabbitmq.client.SaslConfig;
import com.rabbitmq.client.SaslMechanism;
import com.rabbitmq.client.impl.LongStringHelper;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code [oslo_messaging_rabbit] rabbit_login_method}. */
public enum SaslLogin implements SaslMechanism {
    /** User and password with zero bytes between. */
    PLAIN {
        @Override
        byte[] answer(String user, String password) {
            return ('\0' + user + '\0' + password).getBytes(StandardCharsets.UTF_8);
        }
    },

    /** User and password as an AMQP table without its length, as RabbitMQ has it. */
    AMQPLAIN {
        @Override
        byte[] answer(String user, String password) {
            ByteArrayOutputStream table = new ByteArrayOutputStream();
            entry(table, "LOGIN", user);
            entry(table, "PASSWORD", password);
            return table.toByteArray();
        }
    },

    /** The TLS certificate says who we are. */
    EXTERNAL {
        @Override
        byte[] answer(String user, String password) {
            return new byte[0];
        }
    };

    /** The method of that name; methods we have not are stood in for by {@link #PLAIN}. */
    static SaslLogin of(String name) {
        return name.equals("AMQPLAIN") ? AMQPLAIN : name.equals("EXTERNAL") ? EXTERNAL : PLAIN;
    }

    abstract byte[] answer(String user, String password);

    @Override
    public String getName() {
        return name();
    }

    @Override
    public LongString handleChallenge(@Nullable LongString challenge, String user, String password) {
        return LongStringHelper.asLongString(answer(user, password));
    }

    /** This method if the broker offers it; the two that take a password stand in for each other. */
    SaslConfig config() {
        return offered -> {
            List<String> names = List.of(offered);
            if (names.contains(name())) {
                return this;
            }
            SaslLogin other = this == PLAIN ? AMQPLAIN : PLAIN;
            return this != EXTERNAL && names.contains(other.name()) ? other : null;
        };
    }

    private static void entry(ByteArrayOutputStream table, String name, String value) {
        byte[] text = value.getBytes(StandardCharsets.UTF_8);
        table.write(name.length());
        table.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
        table.write('S');
        table.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(text.length).array());
        table.writeBytes(text);
    }
}
