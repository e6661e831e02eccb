package org.vmeventagent.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How the broker listens with TLS. Login by user and password is offered, and EXTERNAL to a client with a certificate,
 * whose common name is then the user. The files' content goes to the broker, so that it needs no right to read them.
 *
 * @param clientAuthority who must have signed a client's certificate
 * @param clientMustHaveOne whether a client without a certificate is refused
 * @param asksClients false: a client can't show a certificate
 * @param versions empty for the broker's choice, else in Erlang's words
 */
public record TlsListener(
        Path certificate,
        Path key,
        Path clientAuthority,
        boolean clientMustHaveOne,
        String versions,
        boolean asksClients) {

    /** One that asks a client for its certificate. */
    public TlsListener(Path certificate, Path key, Path clientAuthority, boolean clientMustHaveOne, String versions) {
        this(certificate, key, clientAuthority, clientMustHaveOne, versions, true);
    }

    /** One that takes any client. */
    public static TlsListener of(TestCertificate broker, Path clientAuthority) {
        return new TlsListener(broker.certificate(), broker.key(), clientAuthority, false, "");
    }

    /** The same, but it never asks for a client's certificate. */
    public TlsListener withoutClients() {
        return new TlsListener(certificate, key, clientAuthority, clientMustHaveOne, versions, false);
    }

    /** What starts all of them in a RabbitMQ 3.10 or newer. */
    static String erlang(List<TlsListener> listeners, String address, List<Integer> ports) {
        StringBuilder text = new StringBuilder("{ok, _} = application:ensure_all_started(ssl),"
                + " application:set_env(rabbit, auth_mechanisms, ['EXTERNAL', 'PLAIN', 'AMQPLAIN']),"
                + " application:set_env(rabbit, ssl_cert_login_from, common_name),"
                // a login by certificate looks here whether certificates are checked at all
                + " application:set_env(rabbit, ssl_options, [{verify, verify_peer}, {fail_if_no_peer_cert, true}])");
        for (int i = 0; i < ports.size(); i++) {
            text.append(", ok = rabbit_networking:start_ssl_listener({\"")
                    .append(address)
                    .append("\", ")
                    .append(ports.get(i))
                    .append("}, ")
                    .append(listeners.get(i).options())
                    .append(", 2)");
        }
        return text.append('.').toString();
    }

    private String options() {
        return "[{cert, [D || {'Certificate', D, _} <- " + pem(certificate) + "]}, {key, hd([{T, D} || {T, D, _} <- "
                + pem(key) + ", T =/= 'EcpkParameters'])}, {cacerts, [D || {_, D, _} <- " + pem(clientAuthority)
                + "]}"
                + (asksClients
                        ? ", {verify, verify_peer}, {depth, 3}, {fail_if_no_peer_cert, " + clientMustHaveOne + '}'
                        : "")
                + (versions.isEmpty() ? "" : ", {versions, " + versions + "}") + ']';
    }

    private static String pem(Path file) {
        try {
            return "public_key:pem_decode(<<\"" + Files.readString(file).replace("\n", "\\n") + "\">>)";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
