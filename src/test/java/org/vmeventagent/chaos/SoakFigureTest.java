package org.vmeventagent.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class SoakFigureTest {
    private static final List<ProcessSampler.Sample> SAMPLES = IntStream.range(0, 180)
            .mapToObj(i -> new ProcessSampler.Sample(
                    Duration.ofSeconds(10L * i), 200L * i, 190L * i, i / 9, i < 90 ? 7 : 8, i == 90 ? 0 : 95_000, 41))
            .toList();

    private static final List<FaultInjector.LoggedFault> MISHAPS = List.of(
            new FaultInjector.LoggedFault(FaultInjector.Side.BROKER, "killed", Duration.ofSeconds(30)),
            new FaultInjector.LoggedFault(FaultInjector.Side.BROKER, "killed", Duration.ofMinutes(20)),
            new FaultInjector.LoggedFault(FaultInjector.Side.AGENT, "stopped", Duration.ofMinutes(15)));

    @TempDir
    private Path directory;

    @Test
    void tableShowsEachTenthOfTheTimeAndWhatHappened() throws Exception {
        new SoakReport(SAMPLES, MISHAPS).write(directory);
        List<String> lines = Files.readAllLines(directory.resolve("soak.md"));

        assertEquals("| 3 | 3,400 | 3,230 | 1 | 1 | 92 MB | 41 |", lines.get(2));
        assertEquals("| 30 | 35,800 | 34,010 | 19 | 3 | 92 MB | 41 |", lines.get(11));
        assertTrue(lines.contains("| broker | killed 2 |"), lines::toString);
    }

    @Test
    void figureIsXmlWithABreakWhereTheProcessEnds() throws Exception {
        String svg = new SoakFigure(SAMPLES, MISHAPS).svg();
        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));

        assertEquals("svg", document.getDocumentElement().getTagName());
        assertEquals(4, document.getElementsByTagName("path").getLength());
        String memory = document.getElementsByTagName("path")
                .item(2)
                .getAttributes()
                .getNamedItem("d")
                .getNodeValue();
        assertEquals(2, memory.chars().filter(c -> c == 'M').count());
        assertTrue(svg.contains("prefers-color-scheme: dark"), svg);
    }
}
