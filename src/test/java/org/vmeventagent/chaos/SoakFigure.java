package org.vmeventagent.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/** A soak as an SVG: three curves above each other, and below them what happened, over one axis of time. */
final class SoakFigure {
    private static final int WIDTH = 760;
    private static final int LEFT = 64;
    private static final int RIGHT = 16;
    private static final int PANEL = 96;
    private static final int STEP = 132;
    private static final int TOP = 34;
    private static final int STRIP = 16;
    private static final int MOST_TICKS = 12;

    /** Of colours that stand out from white and from black, and from each other for those who see no red. */
    private static final String HEAD = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">
            <style>
            text { font: 12px sans-serif; fill: #767676 }
            .axis, .grid { stroke: #888; stroke-width: 1; fill: none }
            .grid { stroke-opacity: .35 }
            .made { stroke: #d97706 } .delivered { stroke: #2563eb } .one { stroke: #2563eb }
            .made, .delivered, .one { stroke-width: 1.8; fill: none; stroke-linejoin: round }
            .tick { stroke: #d97706; stroke-width: 2 }
            @media (prefers-color-scheme: light) { text { fill: #333 } }
            @media (prefers-color-scheme: dark) {
              text { fill: #ccc }
              .delivered, .one { stroke: #60a5fa }
              .made, .tick { stroke: #fbbf24 }
            }
            </style>
            """;

    private final List<ProcessSampler.Sample> samples;
    private final List<FaultInjector.LoggedFault> faults;
    private final double minutes;
    private final StringBuilder svg = new StringBuilder();

    SoakFigure(List<ProcessSampler.Sample> samples, List<FaultInjector.LoggedFault> faults) {
        this.samples = samples;
        this.faults = faults;
        this.minutes = minutes(samples.get(samples.size() - 1).at());
    }

    String svg() {
        int strips = TOP + 3 * STEP;
        int height = strips + FaultInjector.Side.values().length * STRIP + 44;
        svg.append(HEAD.formatted(
                WIDTH, height, "Events, notifications, memory and file descriptors of a soak over its minutes"));
        long most = greatest(sample -> Math.max(sample.made(), sample.delivered()));
        panel(TOP, "events made (amber), notifications delivered (blue)", most);
        curve(TOP, "made", most, ProcessSampler.Sample::made, false);
        curve(TOP, "delivered", most, ProcessSampler.Sample::delivered, false);
        long memory = greatest(sample -> sample.memoryKb() / 1024);
        panel(TOP + STEP, "memory (RSS) in MB; a break is a new process", memory);
        curve(TOP + STEP, "one", memory, sample -> sample.memoryKb() / 1024, true);
        long descriptors = greatest(ProcessSampler.Sample::descriptors);
        panel(TOP + 2 * STEP, "file descriptors", descriptors);
        curve(TOP + 2 * STEP, "one", descriptors, ProcessSampler.Sample::descriptors, true);
        strips(strips);
        time(height - 24);
        return svg.append("</svg>\n").toString();
    }

    private void panel(int top, String title, long most) {
        text(LEFT, top - 8, "start", title);
        long step = Math.max(1, round(most / 3.0));
        for (long value = 0; value <= most; value += step) {
            double y = y(top, value, most);
            line("grid", LEFT, y, WIDTH - RIGHT, y);
            text(LEFT - 6, y + 4, "end", String.format(Locale.ROOT, "%,d", value));
        }
        line("axis", LEFT, top + PANEL, WIDTH - RIGHT, top + PANEL);
    }

    private void curve(
            int top, String name, long most, ToLongFunction<ProcessSampler.Sample> value, boolean ofProcess) {
        StringBuilder path = new StringBuilder();
        long pid = -1;
        for (ProcessSampler.Sample sample : samples) {
            boolean there = !ofProcess || sample.memoryKb() > 0;
            if (there) {
                path.append(path.length() == 0 || (ofProcess && pid != sample.pid()) ? 'M' : 'L')
                        .append(number(x(sample.at())))
                        .append(' ')
                        .append(number(y(top, value.applyAsLong(sample), most)))
                        .append(' ');
            }
            pid = there ? sample.pid() : -1;
        }
        svg.append("<path class=\"%s\" d=\"%s\"/>\n"
                .formatted(name, path.toString().strip()));
    }

    /** One row for each side, a tick for each fault. */
    private void strips(int top) {
        int y = top;
        for (FaultInjector.Side side : FaultInjector.Side.values()) {
            text(LEFT - 6, y + 4, "end", side.name().toLowerCase(Locale.ROOT));
            line("grid", LEFT, y, WIDTH - RIGHT, y);
            for (FaultInjector.LoggedFault loggedFault : faults) {
                if (loggedFault.side() == side) {
                    line("tick", x(loggedFault.at()), y - 5, x(loggedFault.at()), y + 5);
                }
            }
            y += STRIP;
        }
    }

    private void time(int y) {
        long step = Math.max(1, round(minutes / MOST_TICKS));
        for (long minute = 0; minute <= minutes; minute += step) {
            text(x(Duration.ofMinutes(minute)), y, "middle", Long.toString(minute));
        }
        text(WIDTH - RIGHT, y + 16, "end", "minutes; each tick above is a fault");
    }

    /** The next greater of 1, 2, 5, 10, 20, 50 and so on. */
    private static long round(double step) {
        long power = 1;
        while (power * 10 < step) {
            power *= 10;
        }
        return power >= step ? power : 2 * power >= step ? 2 * power : 5 * power >= step ? 5 * power : 10 * power;
    }

    private long greatest(ToLongFunction<ProcessSampler.Sample> value) {
        return Math.max(1, samples.stream().mapToLong(value).max().orElse(1));
    }

    private double x(Duration at) {
        return LEFT + (WIDTH - LEFT - RIGHT) * minutes(at) / Math.max(minutes, 0.01);
    }

    private static double y(int top, long value, long most) {
        return top + PANEL - (double) PANEL * value / most;
    }

    private static double minutes(Duration at) {
        return at.toMillis() / 60_000.0;
    }

    private void line(String name, double x1, double y1, double x2, double y2) {
        svg.append("<line class=\"%s\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>\n"
                .formatted(name, number(x1), number(y1), number(x2), number(y2)));
    }

    private void text(double x, double y, String anchor, String words) {
        svg.append("<text x=\"%s\" y=\"%s\" text-anchor=\"%s\">%s</text>\n"
                .formatted(number(x), number(y), anchor, words));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
