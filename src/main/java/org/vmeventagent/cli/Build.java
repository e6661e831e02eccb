package org.vmeventagent.cli;

import java.util.Optional;

/** What the build says of itself. */
final class Build {
    /** This version, as the jar's manifest says it. */
    static final String VERSION = Optional.ofNullable(Build.class.getPackage().getImplementationVersion())
            .orElse("development");

    private Build() {}
}
