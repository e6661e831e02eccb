package org.vmeventagent.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Stands in for Java's first security provider, and knows no MD5: as on a host that keeps to FIPS 140. */
public final class JavaWithoutMd5 extends Provider {
    private static final long serialVersionUID = 1L;

    private final transient Provider original;

    /** Called by Java, by the name in its security properties. */
    public JavaWithoutMd5() throws ReflectiveOperationException {
        super("WithoutMD5", "1", "SUN without MD5");
        original = Class.forName("sun.security.provider.Sun")
                .asSubclass(Provider.class)
                .getConstructor()
                .newInstance();
    }

    @Override
    public @Nullable Service getService(String type, String algorithm) {
        return algorithm.equals("MD5") ? null : original.getService(type, algorithm);
    }

    /**
     * The environment in which the program starts with such a Java, which was tried.
     *
     * @param directory an empty one; two files come to lie there
     */
    public static Map<String, String> environment(Path directory) {
        String file = JavaWithoutMd5.class.getName().replace('.', '/') + ".class";
        Path copy = directory.resolve(file);
        try (InputStream code = JavaWithoutMd5.class.getResourceAsStream('/' + file)) {
            Files.createDirectories(copy.getParent());
            Files.copy(code, copy);
            Path properties = Files.writeString(
                    directory.resolve("java.security"), "security.provider.1=" + JavaWithoutMd5.class.getName() + "\n");
            List<String> options = List.of(
                    "-Djava.security.properties=" + properties,
                    "-Xbootclasspath/a:" + directory,
                    "--add-exports=java.base/sun.security.provider=ALL-UNNAMED");
            assertHasNone(options);
            return Map.of("VM_EVENT_AGENT_JAVA_OPTS", String.join(" ", options));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertHasNone(List<String> options) {
        List<String> command = new ArrayList<>(List.of("java"));
        command.addAll(options);
        command.add(JavaWithoutMd5.class.getName());
        assertEquals(
                "WithoutMD5, no MD5", Commands.run(new ProcessBuilder(command)).strip());
    }

    /** Prints what this Java's first provider is, and whether there is an MD5. */
    public static void main(String[] arguments) {
        String found = Security.getProviders()[0].getName();
        try {
            System.out.println(found + ", " + MessageDigest.getInstance("MD5"));
        } catch (NoSuchAlgorithmException e) {
            System.out.println(found + ", no MD5");
        }
    }
}
