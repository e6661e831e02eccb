package org.vmeventagent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmeventagent.system.Threads;

/** Which package may know which, and who alone may use which library. */
class ArchitectureTest {
    private static final String BASE = "org.vmeventagent";

    /** All but the agent and the commands, with the packages of ours that each may import beside config, metrics, system and time. */
    private static final Map<String, List<String>> MAY_IMPORT = Map.ofEntries(
            entry("event"),
            entry("nova"),
            entry("libvirt", "event"),
            entry("inventory", "event", "nova"),
            entry("notification", "event", "nova", "inventory"),
            entry("store"),
            entry("recorder", "event", "nova", "inventory", "notification", "store"),
            entry("publisher", "store", "tls"),
            entry("config"),
            entry("metrics"),
            entry("telemetry", "tls"),
            entry("time"),
            entry("tls"),
            entry("logging"),
            entry("system"));

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(BASE);

    static Stream<String> packages() {
        return MAY_IMPORT.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("packages")
    void packageImportsOnlyWhatItMayKnow(String name) {
        List<String> packages = MAY_IMPORT.getOrDefault(name, List.of());
        DescribedPredicate<JavaClass> known = DescribedPredicate.describe(
                "of " + packages + ", of config, of metrics, of system, of time or not of ours",
                other -> !other.getPackageName().startsWith(BASE)
                        || in(other, name)
                        || in(other, "config")
                        || in(other, "metrics")
                        || in(other, "time")
                        || in(other, "system")
                        || packages.stream().anyMatch(allowed -> in(other, allowed)));
        classes()
                .that()
                .resideInAPackage(BASE + "." + name + "..")
                .should()
                .onlyDependOnClassesThat(known)
                .check(OURS);
    }

    @ParameterizedTest
    @CsvSource({
        "org.libvirt.., libvirt, libvirt",
        "com.sun.jna.., libvirt, system",
        "javax.xml.stream.., nova, nova",
        "java.sql.., store, store",
        "org.sqlite.., store, store",
        "com.rabbitmq.., publisher, publisher",
        "org.apache.commons.configuration2.., config, config",
        "picocli.., cli, cli",
        "io.prometheus.., telemetry, telemetry",
        "com.sun.net.httpserver.., telemetry, telemetry",
        "org.snakeyaml.., telemetry, telemetry",
        "com.fasterxml.jackson.databind.., cli, notification",
    })
    void libraryIsUsedInItsPackagesAlone(String library, String name, String alsoIn) {
        noClasses()
                .that()
                .resideOutsideOfPackages(BASE + "." + name + "..", BASE + "." + alsoIn + "..", BASE + ".agent")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(OURS);
    }

    /** Of a thread that is made elsewhere nobody knows what happens when it ends by a fault. */
    @Test
    void everyThreadIsMadeByThreads() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(Threads.class.getName())
                .should()
                .callConstructorWhere(DescribedPredicate.describe(
                        "of a Thread", call -> call.getTargetOwner().isAssignableTo(Thread.class)))
                .orShould()
                .callMethodWhere(DescribedPredicate.describe(
                        "that runs something on a pool of the JVM's",
                        call -> call.getName().equals("parallelStream")
                                || (call.getTargetOwner().isEquivalentTo(CompletableFuture.class)
                                        && call.getName().endsWith("Async"))))
                .check(OURS);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching(BASE + ".(*)..").should().beFreeOfCycles().check(OURS);
    }

    /** A Java that keeps to FIPS 140 has none, and says so by an Error. */
    @Test
    void nothingIsHashedByMd5() {
        noClasses()
                .should()
                .callMethod(UUID.class, "nameUUIDFromBytes", byte[].class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(MessageDigest.class)
                .check(OURS);
    }

    private static Map.Entry<String, List<String>> entry(String name, String... mayImport) {
        return Map.entry(name, List.of(mayImport));
    }

    private static boolean in(JavaClass other, String name) {
        String actual = other.getPackageName();
        return actual.equals(BASE + "." + name) || actual.startsWith(BASE + "." + name + ".");
    }
}
