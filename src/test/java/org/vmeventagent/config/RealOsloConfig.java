package org.vmeventagent.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The real oslo.config of this machine, asked for the values of the same options in the same files. */
final class RealOsloConfig {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Files in their order, with an environment. */
    record Case(List<Path> files, Map<String, String> environment) {}

    private RealOsloConfig() {}

    /** One object for each case: values by "section/name", or what was refused. */
    static JsonNode values(List<Case> cases, Path directory) throws IOException, InterruptedException {
        return values(OptionRegistry.all(), cases, directory);
    }

    /** The same for options that another service has. */
    static JsonNode values(Collection<Option<?>> options, List<Case> cases, Path directory)
            throws IOException, InterruptedException {
        Path request = directory.resolve("request.json");
        Path answer = directory.resolve("answer.json");
        Path errors = directory.resolve("errors.txt");
        JSON.writeValue(request.toFile(), request(options, cases));
        Process python = new ProcessBuilder("/usr/bin/python3", "src/test/python/oslo_config_values.py")
                .redirectInput(request.toFile())
                .redirectOutput(answer.toFile())
                .redirectError(errors.toFile())
                .start();
        if (!python.waitFor(120, TimeUnit.SECONDS)) {
            python.destroyForcibly();
            throw new IOException("python did not answer in 120 s");
        }
        if (python.exitValue() != 0) {
            throw new IOException(Files.readString(errors));
        }
        return JSON.readTree(answer.toFile());
    }

    private static ObjectNode request(Collection<Option<?>> known, List<Case> cases) {
        ObjectNode request = JSON.createObjectNode();
        ArrayNode options = request.putArray("options");
        known.forEach(option -> declare(options.addObject(), option));
        ArrayNode list = request.putArray("cases");
        for (Case one : cases) {
            ObjectNode node = list.addObject();
            ArrayNode files = node.putArray("files");
            one.files().forEach(file -> files.add(file.toString()));
            ObjectNode environment = node.putObject("environment");
            one.environment().forEach(environment::put);
        }
        return request;
    }

    private static void declare(ObjectNode node, Option<?> option) {
        node.put("section", option.name().section());
        node.put("name", option.name().option());
        node.put("kind", option.type().kind().name());
        node.put("default", option.defaultText());
        ArrayNode former = node.putArray("former");
        option.formerNames()
                .forEach(name -> former.addArray().add(name.section()).add(name.option()));
    }
}
