package org.vmeventagent.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What was measured, row by row, in the order in which rows came first; printed as Markdown. Used by one thread. */
final class Results {
    private final Map<String, Map<Program, List<Double>>> rows = new LinkedHashMap<>();

    /** One more value of a row, whose name says the unit. */
    void add(String row, Program program, double value) {
        rows.computeIfAbsent(row, name -> new EnumMap<>(Program.class))
                .computeIfAbsent(program, name -> new ArrayList<>())
                .add(value);
    }

    int size() {
        return rows.size();
    }

    /** Of what a row has for a program; NaN for nothing. */
    double median(String row, Program program) {
        List<Double> values = rows.getOrDefault(row, Map.of()).getOrDefault(program, List.of());
        return values.isEmpty() ? Double.NaN : median(values);
    }

    /** Medians, and the ratio agent to peer of each round, unless the peer's is nothing: its median, least and greatest. */
    String table() {
        StringBuilder table = new StringBuilder("| | agent | peer | agent / peer | spread |\n|---|---|---|---|---|\n");
        rows.forEach((name, values) -> {
            List<Double> ours = values.getOrDefault(Program.AGENT, List.of());
            List<Double> peers = values.getOrDefault(Program.PEER, List.of());
            List<Double> ratios = ratios(values);
            table.append("| ").append(name);
            table.append(" | ").append(text(ours)).append(" | ").append(text(peers));
            table.append(" | ")
                    .append(text(ratios))
                    .append(" | ")
                    .append(spread(ratios))
                    .append(" |\n");
        });
        return table.toString();
    }

    /** The medians of the ratios, where there are some. */
    Map<String, Double> ratios() {
        Map<String, Double> medians = new LinkedHashMap<>();
        rows.forEach((name, values) -> {
            List<Double> ratios = ratios(values);
            if (!ratios.isEmpty() && median(ratios) > 0) {
                medians.put(name, median(ratios));
            }
        });
        return medians;
    }

    private static List<Double> ratios(Map<Program, List<Double>> values) {
        List<Double> ours = values.getOrDefault(Program.AGENT, List.of());
        List<Double> peers = values.getOrDefault(Program.PEER, List.of());
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < Math.min(ours.size(), peers.size()); i++) {
            if (peers.get(i) > 0) {
                ratios.add(ours.get(i) / peers.get(i));
            }
        }
        return ratios;
    }

    private static String text(List<Double> values) {
        return values.isEmpty() ? "" : number(median(values));
    }

    private static String spread(List<Double> ratios) {
        return ratios.isEmpty() ? "" : number(Collections.min(ratios)) + " to " + number(Collections.max(ratios));
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    private static String number(double value) {
        String format = Math.abs(value) >= 100 ? "%,.0f" : Math.abs(value) >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }
}
