package org.vmeventagent.bus.amqp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.rabbitmq.client.GetResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/** What a consumer got: for counting duplicates and looking at the order. */
final class Received {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<Long> sequences = new ArrayList<>();
    private final Set<String> ids = new HashSet<>();

    void add(List<GetResponse> messages) throws IOException {
        for (GetResponse message : messages) {
            JsonNode inner = JSON.readTree(
                    JSON.readTree(message.getBody()).get("oslo.message").asText());
            sequences.add(inner.at("/payload/sequence").asLong());
            ids.add(inner.get("message_id").asText() + inner.get("_unique_id").asText());
        }
    }

    int total() {
        return sequences.size();
    }

    /** How many different pairs of ids. */
    int distinct() {
        return ids.size();
    }

    /** Which of the numbers from 1 on never came. */
    List<Long> missing(long upTo) {
        Set<Long> came = new HashSet<>(sequences);
        return LongStream.rangeClosed(1, upTo)
                .boxed()
                .filter(number -> !came.contains(number))
                .toList();
    }

    /** Whether the numbers rise, each looked at where it came first. */
    boolean inOrder() {
        List<Long> firsts = sequences.stream().distinct().toList();
        return firsts.equals(firsts.stream().sorted().toList());
    }
}
