package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.cli.CommandLineInterface;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The manual page and the shell's completion, which are written by hand. */
class ManualTest {
    @ParameterizedTest
    @ValueSource(strings = {"man/vm-event-agent.8", "completion/vm-event-agent"})
    void knowsEveryCommandAndOption(String file) throws Exception {
        String text = text(file);
        Set<String> missing = new TreeSet<>();
        for (CommandLine command : root().getSubcommands().values()) {
            missing.add(command.getCommandName());
            command.getCommandSpec().options().stream()
                    .map(OptionSpec::longestName)
                    .forEach(missing::add);
        }
        missing.removeIf(word -> text.matches("(?s).*(?<![\\w-])" + word + "(?![\\w-]).*"));

        assertEquals(Set.of(), missing);
    }

    private static CommandLine root() throws ClassNotFoundException {
        return new CommandLine(Class.forName(CommandLineInterface.class.getName() + "$Root"));
    }

    private static String text(String file) throws IOException {
        return Files.readString(Path.of("packaging").resolve(file)).replace("\\-", "-");
    }
}
