package org.vmeventagent.publisher;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.UUID;
import org.vmeventagent.store.OutboxRow;

/**
 * The body of a message in the formats that oslo.messaging reads.
 *
 * <p>Works on bytes: the stored text is ASCII without control characters, so that only quotes and backslashes need an
 * escape. The {@code _unique_id} names a sending, not the notification: oslo.messaging never acknowledges what it drops for
 * a {@code _unique_id} that it has seen, and some of those would fill its prefetch and stop it.
 */
@SuppressWarnings("ImmutableEnumChecker") // the arrays are never handed out
public enum OsloEnvelope {
    /** oslo.messaging's first format: the notification itself. */
    MESSAGING("", "\"}"),

    /** The present format: the notification as a text inside an object that gives the version. */
    MESSAGINGV2("{\"oslo.version\": \"2.0\", \"oslo.message\": \"", "\\\"}\"}");

    private static final byte[] UNIQUE_ID = ascii(", \"_unique_id\": \"");
    private static final int ID_LENGTH = 32;
    private static final HexFormat HEX = HexFormat.of();

    private final byte[] head;
    private final byte[] tail;

    OsloEnvelope(String head, String tail) {
        this.head = ascii(head);
        this.tail = ascii(tail);
    }

    /**
     * The body of one sending.
     *
     * @param uniqueId of {@link #newUniqueId}
     * @throws IllegalArgumentException if the row holds no JSON object
     */
    public byte[] wrap(OutboxRow row, String uniqueId) {
        byte[] stored = row.body();
        int end = stored.length - 1;
        if (end < 2 || stored[0] != '{' || stored[end] != '}') {
            throw new IllegalArgumentException("not a JSON object");
        }
        boolean escape = this == MESSAGINGV2;
        int escapes = escape ? escapes(stored, end) + escapes(UNIQUE_ID, UNIQUE_ID.length) : 0;
        byte[] body = new byte[head.length + end + UNIQUE_ID.length + escapes + ID_LENGTH + tail.length];
        int at = copy(head, head.length, body, 0, false);
        at = copy(stored, end, body, at, escape);
        at = copy(UNIQUE_ID, UNIQUE_ID.length, body, at, escape);
        at = copy(ascii(uniqueId), ID_LENGTH, body, at, false);
        copy(tail, tail.length, body, at, false);
        return body;
    }

    /** The {@code _unique_id} of a body that {@link #wrap} made: says which sending the broker returned. */
    public String uniqueIdIn(byte[] body) {
        int from = body.length - tail.length - ID_LENGTH;
        return from < 0 ? "" : new String(body, from, ID_LENGTH, StandardCharsets.US_ASCII);
    }

    /** 32 hex digits that no sending had before, here or elsewhere. */
    public static String newUniqueId() {
        UUID id = UUID.randomUUID();
        return HEX.toHexDigits(id.getMostSignificantBits()) + HEX.toHexDigits(id.getLeastSignificantBits());
    }

    private static int escapes(byte[] text, int length) {
        int count = 0;
        for (int i = 0; i < length; i++) {
            if (text[i] == '"' || text[i] == '\\') {
                count++;
            }
        }
        return count;
    }

    private static int copy(byte[] from, int length, byte[] to, int start, boolean escape) {
        if (!escape) {
            System.arraycopy(from, 0, to, start, length);
            return start + length;
        }
        int at = start;
        for (int i = 0; i < length; i++) {
            byte c = from[i];
            if (c == '"' || c == '\\') {
                to[at++] = '\\';
            }
            to[at++] = c;
        }
        return at;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
