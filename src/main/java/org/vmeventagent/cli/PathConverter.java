package org.vmeventagent.cli;

import java.nio.file.Path;
import org.vmeventagent.config.FilePath;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Takes the path of a file, and says of one that is none what is wrong with it. */
final class PathConverter implements ITypeConverter<Path> {
    @Override
    public Path convert(String text) {
        try {
            return FilePath.of(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException("'" + text + "' is no path: " + e.getMessage());
        }
    }
}
