package org.vmeventagent.publisher.rabbitmq;

import java.nio.file.Path;
import org.vmeventagent.config.Option;

/** A certificate or key can't be used. The message is one line with option, file and reason, and nothing of the file. */
final class UnusableFileException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Option<String> option;
    private final String reason;

    UnusableFileException(Option<String> option, Path file, String reason) {
        super(option.name() + " = " + file + ": " + reason, null, false, false);
        this.option = option;
        this.reason = reason;
    }

    /** The option that names the file. */
    Option<String> option() {
        return option;
    }

    /** What is wrong with the file, without its name. */
    String reason() {
        return reason;
    }
}
