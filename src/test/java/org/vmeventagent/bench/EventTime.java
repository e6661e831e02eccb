package org.vmeventagent.bench;

import java.util.Locale;
import java.util.Map;

/** Where the time of one event goes, as two figures in one SVG that is readable on light and on dark. */
final class EventTime {
    private static final int LABELS = 240;
    private static final int BARS = 480;
    private static final int LINE = 24;
    private static final int TITLE = 30;

    private EventTime() {}

    /**
     * From the callback.
     *
     * @param toCommit milliseconds until it is on disk
     * @param toConfirm milliseconds until the broker has confirmed it
     */
    record Latency(double toCommit, double toConfirm) {}

    /**
     * The SVG.
     *
     * @param cpu microseconds of a processor by what is done, in order
     * @param latencies by what was measured
     */
    static String svg(Map<String, Double> cpu, Map<String, Latency> latencies) {
        int height = TITLE * 2 + LINE * (cpu.size() + latencies.size()) + 10;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(Locale.ROOT, """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">
                <style>
                text { fill: #1f2328 } .cpu { fill: #2da44e } .commit { fill: #bf8700 } .confirm { fill: #0969da }
                @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }
                </style>
                """, LABELS + BARS + 130, height));
        double sum = sum(cpu.values());
        int y = title(svg, 0, String.format(Locale.ROOT, "CPU of one event in a storm: %.0f µs", sum));
        double begin = 0;
        for (Map.Entry<String, Double> part : cpu.entrySet()) {
            label(svg, y, part.getKey(), String.format(Locale.ROOT, "%.1f µs", part.getValue()));
            bar(svg, y, "cpu", begin / sum, part.getValue() / sum);
            begin += part.getValue();
            y += LINE;
        }
        double longest = latencies.values().stream()
                .mapToDouble(Latency::toConfirm)
                .max()
                .orElse(1);
        y = title(svg, y, "Median from the callback to the commit, and on to the broker's confirm");
        for (Map.Entry<String, Latency> entry : latencies.entrySet()) {
            Latency latency = entry.getValue();
            label(
                    svg,
                    y,
                    entry.getKey(),
                    String.format(
                            Locale.ROOT,
                            "%.2f + %.2f ms",
                            latency.toCommit(),
                            latency.toConfirm() - latency.toCommit()));
            double commit = latency.toCommit() / longest;
            bar(svg, y, "commit", 0, commit);
            bar(svg, y, "confirm", commit, latency.toConfirm() / longest - commit);
            y += LINE;
        }
        return svg.append("</svg>\n").toString();
    }

    private static double sum(Iterable<Double> values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum;
    }

    private static int title(StringBuilder svg, int y, String text) {
        svg.append(String.format("<text x=\"10\" y=\"%d\" font-weight=\"bold\">%s</text>%n", y + 20, text));
        return y + TITLE;
    }

    private static void label(StringBuilder svg, int y, String text, String value) {
        svg.append(String.format(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text><text x=\"%d\" y=\"%d\">%s</text>%n",
                LABELS - 10, y + 14, text, LABELS + BARS + 10, y + 14, value));
    }

    /** From and length as shares of the whole. */
    private static void bar(StringBuilder svg, int y, String what, double from, double length) {
        svg.append(String.format(
                Locale.ROOT,
                "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"16\"/>%n",
                what,
                LABELS + BARS * from,
                y + 2,
                Math.max(0.5, BARS * length)));
    }
}
