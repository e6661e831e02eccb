package org.vmeventagent.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A JSON Schema among the pages, which what the program prints has to satisfy. */
public final class DocumentedSchema {
    private final Schema schema;

    /** @param name of the file in {@code docs}, without {@code .schema.json} */
    public DocumentedSchema(String name) {
        try {
            schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(Files.readString(Path.of("docs", name + ".schema.json")), InputFormat.JSON);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What of the text does not follow the schema. */
    public List<String> faults(String json) {
        return schema
                .validate(
                        json,
                        InputFormat.JSON,
                        context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
                .stream()
                .map(Error::toString)
                .toList();
    }

    public void assertValid(String json) {
        assertEquals(List.of(), faults(json), json);
    }
}
