package org.vmeventagent.publisher.rabbitmq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.rabbitmq.client.GetResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/** What a consumer got: for counting duplicates and looking at the order. */
final class ReceivedMessages {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<Long> sequences = new ArrayList<>();
    private final Map<String, JsonNode> byId = new HashMap<>();
    private final Set<String> sendings = new HashSet<>();

    void add(List<GetResponse> messages) throws IOException {
        for (GetResponse message : messages) {
            ObjectNode inner = (ObjectNode) JSON.readTree(
                    JSON.readTree(message.getBody()).get("oslo.message").asText());
            sequences.add(inner.at("/payload/sequence").asLong());
            String sending = inner.remove("_unique_id").asText();
            assertTrue(sendings.add(sending), "oslo.messaging would drop and never acknowledge " + inner);
            JsonNode before = byId.putIfAbsent(inner.get("message_id").asText(), inner);
            assertEquals(before == null ? inner : before, inner, "what came twice is the same but for its _unique_id");
        }
    }

    int total() {
        return sequences.size();
    }

    /** How many different notifications. */
    int distinct() {
        return byId.size();
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
