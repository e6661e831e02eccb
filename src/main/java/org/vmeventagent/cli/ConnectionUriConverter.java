package org.vmeventagent.cli;

import org.vmeventagent.config.ConnectionUri;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Refuses what is no libvirt connection URI, as the configuration does. */
final class ConnectionUriConverter implements ITypeConverter<String> {
    @Override
    public String convert(String uri) {
        if (!ConnectionUri.isValid(uri)) {
            throw new TypeConversionException(
                    "'" + ConnectionUri.withoutCredentials(uri) + "' must be " + ConnectionUri.ALLOWED);
        }
        return uri;
    }
}
