package org.vmeventagent.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The ratios as bars, half as long to the left for half as much; an SVG that is readable on light and on dark. */
final class Chart {
    private static final int LABELS = 330;
    private static final int BARS = 420;
    private static final int LINE = 22;
    private static final int TOP = 40;

    /** Each way from the middle: a tenth, ten times. */
    private static final double REACH = 1;

    private Chart() {}

    /** @param ratios agent to peer, by the name of the row */
    static String svg(Map<String, Double> ratios) {
        int height = TOP + LINE * ratios.size() + 10;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(Locale.ROOT, """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">
                <style>
                text { fill: #1f2328 } .axis { stroke: #8c959f } .agent { fill: #2da44e } .behind { fill: #bf8700 }
                @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .axis { stroke: #6e7681 } }
                </style>
                <text x="10" y="18">agent / peer; 1 is the same</text>
                """, LABELS + BARS + 60, height));
        for (double mark : List.of(0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0)) {
            double x = x(mark);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line class=\"axis\" x1=\"%.0f\" y1=\"%d\" x2=\"%.0f\" y2=\"%d\" stroke-dasharray=\"%s\"/>"
                            + "<text x=\"%.0f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                    x,
                    TOP - 4,
                    x,
                    height - 8,
                    mark == 1 ? "none" : "2 4",
                    x,
                    TOP - 8,
                    number(mark)));
        }
        int line = 0;
        for (Map.Entry<String, Double> row : ratios.entrySet()) {
            double ratio = row.getValue();
            double from = Math.min(x(1), x(ratio));
            double width = Math.max(1, Math.abs(x(ratio) - x(1)));
            boolean more = row.getKey().endsWith("events/s") || row.getKey().startsWith("identity");
            int y = TOP + LINE * line++;
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>"
                            + "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"14\" rx=\"2\"/>"
                            + "<text x=\"%d\" y=\"%d\">%s</text>%n",
                    LABELS - 10,
                    y + 15,
                    row.getKey(),
                    more == ratio >= 1 ? "agent" : "behind",
                    from,
                    y + 4,
                    width,
                    LABELS + BARS + 10,
                    y + 15,
                    number(ratio)));
        }
        return svg.append("</svg>\n").toString();
    }

    private static double x(double ratio) {
        double bounded = Math.max(-REACH, Math.min(REACH, Math.log10(ratio)));
        return LABELS + BARS / 2.0 * (1 + bounded / REACH);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 10 ? "%.0f" : "%.2f", value);
    }
}
