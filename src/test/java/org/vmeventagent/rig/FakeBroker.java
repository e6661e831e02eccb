package org.vmeventagent.rig;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server on the loopback that is no RabbitMQ, and says what it likes; it can speak as much of AMQP 0-9-1 as an agent
 * needs to connect and to publish. One client after the other, on a thread of its own.
 */
public final class FakeBroker implements AutoCloseable {
    private static final int METHOD = 1;
    private static final int HEADER = 2;

    private final ServerSocket server;
    private final AtomicInteger clients = new AtomicInteger();

    /** What is said to whoever connects. */
    public interface Answer {
        void to(Socket client) throws IOException;
    }

    /** What is said once the first message came. */
    public interface Reply {
        void to(DataOutputStream out) throws IOException;
    }

    /** Serves from now on. */
    public FakeBroker(Answer answer) throws IOException {
        server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(
                () -> {
                    boolean open = true;
                    while (open) {
                        open = serveOne(answer);
                    }
                },
                "fake-broker");
        thread.setDaemon(true);
        thread.start();
    }

    public int port() {
        return server.getLocalPort();
    }

    /** How many connected so far. */
    public int clients() {
        return clients.get();
    }

    private boolean serveOne(Answer answer) {
        try (Socket client = server.accept()) {
            clients.incrementAndGet();
            answer.to(client);
            return true;
        } catch (IOException e) {
            return !server.isClosed(); // the agent hung up, or the test is over
        }
    }

    /** The frame of connection.start. */
    public static byte[] start() throws IOException {
        return method(0, 10, 10, to -> {
            to.write(new byte[] {0, 9});
            to.writeInt(0);
            for (String words : List.of("AMQPLAIN PLAIN", "en_US")) {
                to.writeInt(words.length());
                to.writeBytes(words);
            }
        });
    }

    /** The frame of connection.close. */
    public static byte[] close(int code, String text) throws IOException {
        return method(0, 10, 50, to -> {
            to.writeShort(code);
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            to.writeByte(bytes.length);
            to.write(bytes);
            to.writeInt(0);
        });
    }

    /**
     * Shakes hands, opens each channel and takes each message, as a broker does whose clients declare nothing.
     *
     * @param frameMax what it announces
     * @param reply said after the first message; all is read after that and nothing answered
     */
    public static Answer publishing(int frameMax, Reply reply) {
        return client -> {
            DataInputStream in = new DataInputStream(client.getInputStream());
            DataOutputStream out = new DataOutputStream(client.getOutputStream());
            in.skipNBytes(8);
            out.write(start());
            while (true) {
                int type = in.readUnsignedByte();
                int channel = in.readUnsignedShort();
                byte[] payload = in.readNBytes(in.readInt());
                in.skipNBytes(1);
                int method = type == METHOD ? ((payload[1] & 0xff) << 8) | (payload[3] & 0xff) : 0;
                switch (method) {
                    case (10 << 8) | 11 ->
                        out.write(method(0, 10, 30, to -> {
                            to.writeShort(0);
                            to.writeInt(frameMax);
                            to.writeShort(60);
                        }));
                    case (10 << 8) | 40 -> out.write(method(0, 10, 41, to -> to.writeByte(0)));
                    case (20 << 8) | 10 -> out.write(method(channel, 20, 11, to -> to.writeInt(0)));
                    case (85 << 8) | 10 -> out.write(method(channel, 85, 11, to -> {}));
                    case (60 << 8) | 40 -> {
                        reply.to(out);
                        in.readAllBytes();
                        return;
                    }
                    default -> {}
                }
            }
        };
    }

    /** Announces a frame, and sends nothing of it. */
    public static Reply hugeFrame(int bytes) {
        return out -> {
            out.write(new byte[] {METHOD, 0, 0});
            out.writeInt(bytes);
        };
    }

    /** Gives a message back, and announces a body of that size. */
    public static Reply hugeBody(long bytes) {
        return out -> {
            out.write(method(1, 60, 50, to -> {
                to.writeShort(312);
                for (String words : List.of("NO_ROUTE", "", "k")) {
                    to.writeByte(words.length());
                    to.writeBytes(words);
                }
            }));
            frame(out, HEADER, 1, to -> {
                to.writeShort(60);
                to.writeShort(0);
                to.writeLong(bytes);
                to.writeShort(0);
            });
        };
    }

    private static byte[] method(int channel, int of, int id, Reply arguments) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        frame(new DataOutputStream(bytes), METHOD, channel, to -> {
            to.writeShort(of);
            to.writeShort(id);
            arguments.to(to);
        });
        return bytes.toByteArray();
    }

    private static void frame(DataOutputStream out, int type, int channel, Reply content) throws IOException {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        content.to(new DataOutputStream(payload));
        out.writeByte(type);
        out.writeShort(channel);
        out.writeInt(payload.size());
        payload.writeTo(out);
        out.writeByte(0xce);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
