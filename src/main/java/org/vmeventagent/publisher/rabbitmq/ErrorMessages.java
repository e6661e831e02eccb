package org.vmeventagent.publisher.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.MalformedFrameException;
import com.rabbitmq.client.MissedHeartbeatException;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.EOFException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.publisher.BrokerException;
import org.vmeventagent.publisher.BrokerProblem;

/**
 * Puts what goes wrong with a broker into words, with the option or the command that helps. The reply texts are those of
 * RabbitMQ 3.10 and 4.3.
 */
final class ErrorMessages {
    private static final Pattern INEQUIVALENT =
            Pattern.compile("inequivalent arg '([^']+)' for (exchange|queue) '([^']+)'.*but current is (.+)$");

    private static final Pattern TOO_MUCH =
            Pattern.compile("^(Frame size is invalid|Message body is too large) \\(.*?\\)");

    private static final Pattern QUOTED = Pattern.compile("'([^']*)'");

    /** The feature of RabbitMQ that an administrator or a later version denies: a queue that doesn't survive the broker. */
    private static final String TRANSIENT_QUEUES = "transient_nonexcl_queues";

    private final RabbitConfig config;

    ErrorMessages(RabbitConfig config) {
        this.config = config;
    }

    /** Our exchange, for a log line. */
    String exchange() {
        return "exchange " + config.exchange() + " in virtual host " + config.virtualHost();
    }

    BrokerProblem missingExchange() {
        return missing("there is no " + exchange() + "; create it: " + command("exchange", config.exchange())
                + " type=topic durable=" + config.queueArguments().durable()
                + ", or set [notifications] declare = bind");
    }

    BrokerProblem missingQueue(String key) {
        return missing("there is no queue " + key + " in virtual host " + config.virtualHost()
                + "; start the collector that makes it, or create it: " + command("queue", key) + " durable="
                + config.queueArguments().durable());
    }

    BrokerProblem unroutable(String key) {
        return missing("no queue is bound to " + exchange() + " with key " + key + "; bind one: rabbitmqadmin --vhost='"
                + config.virtualHost() + "' declare binding source=" + config.exchange() + " destination=" + key
                + " routing_key=" + key + ", or set [notifications] declare = bind");
    }

    /** Why a connection did not come about: what {@link #of} says, and what helps if the other side doesn't talk like us. */
    BrokerProblem ofOpening(Throwable thrown) {
        BrokerProblem problem = of(thrown);
        boolean hungUp = problem.kind() == BrokerProblem.Kind.UNREACHABLE
                && Stream.iterate(thrown, Objects::nonNull, Throwable::getCause).anyMatch(ErrorMessages::isHangUp);
        if (!hungUp) {
            return problem;
        }
        TlsConfig tls = config.tls();
        return unreachable(problem.text()
                + (tls == null
                        ? "; if that is the broker's TLS port, set [oslo_messaging_rabbit] ssl = true"
                        : "; " + TlsErrorMessages.hungUp(tls)));
    }

    private static boolean isHangUp(Throwable e) {
        return e instanceof EOFException
                || e instanceof MalformedFrameException
                || (e instanceof SocketException
                        && String.valueOf(e.getMessage()).matches(".*(reset|pipe|aborted).*"));
    }

    /** The name servers don't answer. */
    BrokerProblem unresolved(TransportUrl.Host host, Duration waited) {
        return unreachable("the name " + host.host() + " is not resolved within " + waited.toSeconds()
                + " s; check this host's DNS (/etc/resolv.conf), or write an address in transport_url");
    }

    /** What happened, from the exception that the client threw or keeps. */
    BrokerProblem of(Throwable thrown) {
        Throwable cause = thrown;
        for (Throwable e = thrown; e != null; e = e.getCause()) {
            cause = e;
            if (e instanceof BrokerException known) {
                return known.problem();
            }
            if (e instanceof AuthenticationFailureException) {
                return misconfigured(
                        config.login() == SaslLogin.EXTERNAL
                                ? "login by certificate refused; the broker needs a user of the certificate's name"
                                        + " (ssl_cert_login_from), and ssl_options with verify = verify_peer and"
                                        + " fail_if_no_peer_cert = true"
                                : "login refused; check user and password in transport_url, and rabbit_login_method");
            }
            if (String.valueOf(e.getMessage()).startsWith("No compatible authentication mechanism")) {
                return misconfigured("the broker offers no login of the method " + config.login() + "; check"
                        + " rabbit_login_method, and auth_mechanisms at the broker (EXTERNAL needs its plugin"
                        + " rabbitmq_auth_mechanism_ssl)");
            }
            if (e instanceof ShutdownSignalException closed) {
                BrokerProblem reportedProblem = replyProblem(closed);
                if (reportedProblem != null) {
                    return reportedProblem;
                }
            }
        }
        return cause instanceof SSLException || cause instanceof GeneralSecurityException
                ? TlsErrorMessages.of(cause, config.tls())
                : unreachable(words(cause));
    }

    private @Nullable BrokerProblem replyProblem(ShutdownSignalException closed) {
        if (closed.getReason() instanceof AMQP.Connection.Close reason) {
            return connectionClosed(reason.getReplyCode(), said(reason.getReplyCode(), reason.getReplyText()));
        }
        if (closed.getReason() instanceof AMQP.Channel.Close reason) {
            return channelClosed(reason.getReplyCode(), said(reason.getReplyCode(), reason.getReplyText()));
        }
        return null;
    }

    /** RabbitMQ always says why; what is between us and it may not. */
    private static String said(int code, String text) {
        return text.isBlank() ? "the broker says " + code : text;
    }

    private BrokerProblem connectionClosed(int code, String text) {
        if (code == AMQP.NOT_ALLOWED && text.contains("vhost")) {
            return misconfigured(
                    text + "; check the virtual host in transport_url (rabbitmqctl add_vhost, set_permissions)");
        }
        if (code == AMQP.NOT_ALLOWED || code == AMQP.ACCESS_REFUSED) {
            return misconfigured(text);
        }
        if (code == AMQP.INTERNAL_ERROR && text.contains(TRANSIENT_QUEUES)) {
            return misconfigured("the broker takes no transient queue (" + TRANSIENT_QUEUES + "); set"
                    + " [oslo_messaging_rabbit] rabbit_quorum_queue = true or amqp_durable_queues = true, as in the"
                    + " services that use the queue, or [notifications] declare = bind, which makes no queue");
        }
        return unreachable("closed by the broker: " + code + ' ' + text);
    }

    private BrokerProblem channelClosed(int code, String text) {
        return switch (code) {
            case AMQP.ACCESS_REFUSED ->
                misconfigured(text + "; the user needs configure and read on the exchange, write on exchange and queue"
                        + " (rabbitmqctl set_permissions), or an administrator makes exchange, queue and binding and"
                        + " [notifications] declare is passive or none");
            case AMQP.PRECONDITION_FAILED -> misconfigured(inequivalent(text));
            case AMQP.NOT_FOUND -> text.contains("no exchange") ? missingExchange() : missing(text);
            default -> unreachable("the channel was closed by the broker: " + code + ' ' + text);
        };
    }

    private static String inequivalent(String text) {
        Matcher parts = INEQUIVALENT.matcher(text);
        if (!parts.find()) {
            return text;
        }
        Matcher quoted = QUOTED.matcher(parts.group(4));
        String current = quoted.find() ? quoted.group(1) : "";
        String number = current.isEmpty() ? "0" : current;
        String option = switch (parts.group(1)) {
            case "durable" -> "amqp_durable_queues = " + current;
            case "auto_delete" -> "amqp_auto_delete = " + current;
            case "x-queue-type" -> "rabbit_quorum_queue = " + current.equals("quorum");
            case "x-delivery-limit" -> "rabbit_quorum_delivery_limit = " + number;
            case "x-max-in-memory-length" -> "rabbit_quorum_max_memory_length = " + number;
            case "x-max-in-memory-bytes" -> "rabbit_quorum_max_memory_bytes = " + number;
            case "x-ha-policy" -> "rabbit_ha_queues = " + !current.isEmpty();
            default -> "";
        };
        String way = option.isEmpty()
                ? "set [notifications] declare = bind, which takes it as it is"
                : "set [oslo_messaging_rabbit] " + option + ", as in the services that made it";
        return text + "; " + way;
    }

    private static String words(Throwable cause) {
        String said = cause.getMessage() == null ? "" : cause.getMessage();
        Matcher tooMuch = TOO_MUCH.matcher(said);
        if (tooMuch.find()) {
            return "what came is not AMQP, or more than this client takes: " + tooMuch.group();
        }
        if (cause instanceof UnknownHostException) {
            return "unknown host; check the name in transport_url, and this host's DNS";
        }
        if (cause instanceof MissedHeartbeatException) {
            return "no heartbeat from the broker: it hangs, or the network between";
        }
        if (cause instanceof SocketTimeoutException || cause instanceof TimeoutException) {
            return "no answer in time: it hangs, or a firewall drops what is sent there";
        }
        if (cause instanceof MalformedFrameException) {
            return "what came is not AMQP";
        }
        if (cause instanceof EOFException) {
            return "the broker closed the connection";
        }
        if (cause instanceof ConnectException
                || cause instanceof NoRouteToHostException
                || cause instanceof SocketException) {
            // some Javas add that it was connecting that failed
            String failed = said.isEmpty() ? "connection failed" : said.replace(" (connect failed)", "");
            return failed.startsWith("Connection refused")
                    ? failed + "; does a broker run there? Check host and port in transport_url"
                    : failed;
        }
        return cause.getClass().getSimpleName() + (said.isEmpty() ? "" : " " + said);
    }

    private String command(String what, String name) {
        return "rabbitmqadmin --vhost='" + config.virtualHost() + "' declare " + what + " name=" + name;
    }

    private static BrokerProblem missing(String text) {
        return new BrokerProblem(BrokerProblem.Kind.UNROUTABLE, text);
    }

    private static BrokerProblem misconfigured(String text) {
        return new BrokerProblem(BrokerProblem.Kind.MISCONFIGURED, text);
    }

    private static BrokerProblem unreachable(String text) {
        return new BrokerProblem(BrokerProblem.Kind.UNREACHABLE, text);
    }
}
