package org.vmeventagent.cli;

import picocli.CommandLine.IVersionProvider;

/** Tells picocli the version. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"vm-event-agent " + Build.VERSION};
    }
}
