package org.vmeventagent.rig;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What systemd listens on: a datagram socket, one message a datagram. Java has no such socket. Used by one thread. */
public final class NotifySocket implements AutoCloseable {
    private static final short AF_UNIX = 1;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVTIMEO = 20;
    private static final long TIMEOUT_S = 30;
    private static final int MSG_DONTWAIT = 0x40;

    private interface C extends Library {
        int socket(int domain, int type, int protocol) throws LastErrorException;

        int bind(int socket, byte[] address, int length) throws LastErrorException;

        int setsockopt(int socket, int level, int name, long[] value, int length) throws LastErrorException;

        long recv(int socket, byte[] buffer, long length, int flags) throws LastErrorException;

        int close(int socket);
    }

    private final C libc = Native.load("c", C.class);
    private final int socket = libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);

    /** @param name as NOTIFY_SOCKET has it: a path, or an abstract name after an {@code @} */
    public NotifySocket(String name) {
        byte[] path = name.replace('@', '\0').getBytes(StandardCharsets.UTF_8);
        byte[] address = ByteBuffer.allocate(2 + path.length)
                .order(ByteOrder.nativeOrder())
                .putShort(AF_UNIX)
                .put(path)
                .array();
        libc.bind(socket, address, address.length);
        libc.setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, new long[] {TIMEOUT_S, 0}, 16);
    }

    /** The next message, waited for. */
    public String next() {
        return receive(0);
    }

    /** All that has come and was not taken. */
    public List<String> waiting() {
        List<String> all = new ArrayList<>();
        try {
            while (true) {
                all.add(receive(MSG_DONTWAIT));
            }
        } catch (LastErrorException none) {
            return all;
        }
    }

    private String receive(int flags) {
        byte[] buffer = new byte[4096];
        int length = (int) libc.recv(socket, buffer, buffer.length, flags);
        return new String(buffer, 0, length, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        libc.close(socket);
    }
}
