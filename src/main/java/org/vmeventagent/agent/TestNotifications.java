package org.vmeventagent.agent;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.notification.NotificationIds;
import org.vmeventagent.publisher.Publisher;
import org.vmeventagent.recorder.Recorder;
import org.vmeventagent.store.Store;

/**
 * Test notifications, which take the way of all others, and how far each has come. Its answers are lines {@code name:
 * value}, for the control socket. Any thread.
 */
final class TestNotifications {
    /** Of one before these nobody waits for the confirm any more. */
    private static final int REMEMBERED = 32;

    private final List<String> topics;
    private final Recorder recorder;
    private final Store store;
    private final @Nullable Publisher publisher;
    private final Deque<Test> tests = new ArrayDeque<>();
    private long number;

    /** One of them; without ids until it is recorded. */
    private static final class Test {
        final long number;
        volatile @Nullable NotificationIds ids;

        Test(long number) {
            this.number = number;
        }
    }

    /**
     * Publishes nothing yet.
     *
     * @param topics under which each is sent
     * @param publisher null where nothing is sent to a broker
     */
    TestNotifications(List<String> topics, Recorder recorder, Store store, @Nullable Publisher publisher) {
        this.topics = List.copyOf(topics);
        this.recorder = recorder;
        this.store = store;
        this.publisher = publisher;
    }

    /**
     * Has one published; answers with its number, for {@link #state}.
     *
     * @throws IllegalArgumentException where nothing is sent to a broker
     */
    synchronized String emit() {
        if (publisher == null) {
            throw new IllegalArgumentException("nothing is sent to a broker: [oslo_messaging_notifications] driver is"
                    + " neither messagingv2 nor messaging");
        }
        number++;
        Test test = new Test(number);
        tests.addLast(test);
        if (tests.size() > REMEMBERED) {
            tests.removeFirst();
        }
        recorder.test(ids -> test.ids = ids);
        return "test: " + number + "\n";
    }

    /**
     * How far one has come: what names it, and for each routing key {@code confirmed}, or what is known of why not.
     *
     * @param number as {@link #emit} said it
     * @throws IllegalArgumentException where there is none of this number
     */
    synchronized String state(String number) {
        NotificationIds ids = tests.stream()
                .filter(test -> number.equals(Long.toString(test.number)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no test " + number + ": the agent was restarted, or many tests came since"))
                .ids;
        StringJoiner lines = new StringJoiner("\n", "", "\n");
        if (ids != null) {
            lines.add("message_id: " + ids.messageId());
            lines.add("stream: " + ids.stream());
            lines.add("sequence: " + ids.sequence());
        }
        for (String topic : topics) {
            String routingKey = topic + ".info"; // its priority, whatever error_priority says
            lines.add("routing key " + routingKey + ": " + progress(ids, routingKey));
        }
        return lines.toString();
    }

    private String progress(@Nullable NotificationIds ids, String routingKey) {
        if (ids == null) {
            return "waits: it is not recorded yet; the agent's log says why";
        }
        long before = ids.sequence() - 1 - store.acknowledged(routingKey);
        if (before < 0) {
            return "confirmed";
        }
        return "waits: "
                + (publisher == null ? Optional.<String>empty() : publisher.problem(routingKey))
                        .orElse("the broker has not confirmed it yet"
                                + (before > 0 ? ", and " + before + " before it at most" : ""));
    }
}
