package org.vmeventagent.cli;

import java.util.Optional;
import picocli.CommandLine.IVersionProvider;

/** This version, as the jar's manifest says it. */
public final class Version implements IVersionProvider {
    public static final String TEXT = Optional.ofNullable(
                    Version.class.getPackage().getImplementationVersion())
            .orElse("development");

    @Override
    public String[] getVersion() {
        return new String[] {"vm-event-agent " + TEXT};
    }
}
