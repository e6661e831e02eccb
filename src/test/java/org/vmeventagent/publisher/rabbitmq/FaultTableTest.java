package org.vmeventagent.publisher.rabbitmq;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FaultTableTest {
    @ParameterizedTest
    @EnumSource(BrokerFault.class)
    void everyFaultHasItsRowInTheDocs(BrokerFault fault) throws IOException {
        String row = "\n| " + fault.what + " | " + fault.answer + " | 0 | ";
        assertTrue(Files.readString(Path.of("docs/reliability.md")).contains(row), row);
    }
}
