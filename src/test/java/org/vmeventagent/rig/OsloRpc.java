package org.vmeventagent.rig;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A real oslo.messaging RPC server, and a client that calls it. */
public final class OsloRpc {
    private OsloRpc() {}

    /**
     * Has 0, 1 and 2 doubled.
     *
     * @param options as of {@code oslo_rpc.py}
     * @return the answers, as Python prints a list
     */
    public static String doubles(String url, String exchange, String... options) {
        // later versions warn of what they will drop
        List<String> command = new ArrayList<>(List.of(
                "/usr/bin/python3",
                "-W",
                "ignore",
                "src/test/python/oslo_rpc.py",
                "--url",
                url,
                "--exchange",
                exchange));
        command.addAll(Arrays.asList(options));
        return Commands.run(new ProcessBuilder(command)).strip();
    }
}
