package io.millrace.server.conformance;

import static java.util.stream.Collectors.toMap;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What callers are told, as resources/refusals.txt has it. */
record RefusalTable(List<Row> rows) {
  private static final String COLUMNS = " *\\| *";
  private static final String TYPE = "type.googleapis.com/google.rpc.";

  /**
   * An answer to calls of the same refusal.
   *
   * @param forms names, or beginnings of names that end in an asterisk
   * @param http the status by REST; 0 for gRPC
   * @param field at fault; empty if none is named
   * @param about what the error is about, for programs
   */
  record Row(
      Refusal refusal,
      List<String> forms,
      int http,
      int code,
      String reason,
      String field,
      Map<String, String> about,
      String message) {
    private static Row of(String line) {
      String[] columns = line.split(COLUMNS, 8);
      return new Row(
          Refusal.valueOf(columns[0].strip()),
          List.of(columns[1].split(" ")),
          Integer.parseInt(columns[2]),
          Integer.parseInt(columns[3]),
          columns[4],
          columns[5],
          Stream.of(columns[6].split(" "))
              .filter(entry -> !entry.isEmpty())
              .map(entry -> entry.split("=", 2))
              .collect(toMap(entry -> entry[0], entry -> entry[1])),
          columns[7].strip().replace("\\n", "\n"));
    }

    boolean isFor(Refusal other, Form form) {
      return refusal == other && forms.stream().anyMatch(name -> fits(name, form));
    }

    private static boolean fits(String name, Form form) {
      return name.endsWith("*")
          ? form.name().startsWith(name.substring(0, name.length() - 1))
          : form.name().equals(name);
    }

    /** The whole body. */
    Json body() {
      String details =
          Stream.of(errorInfo(), further()).filter(d -> !d.isEmpty()).collect(joined());
      return Json.of(
          "{\"code\":%d,\"error\":%s,\"details\":[%s]}"
              .formatted(code, Json.quoted(message), details));
    }

    private String errorInfo() {
      String metadata =
          about.entrySet().stream()
              .map(e -> Json.quoted(e.getKey()) + ":" + Json.quoted(e.getValue()))
              .collect(joined());
      return "{\"@type\":\"%sErrorInfo\",\"reason\":\"%s\",\"domain\":\"millrace\",\"metadata\":{%s}}"
          .formatted(TYPE, reason, metadata);
    }

    /** What goes with the code. */
    private String further() {
      return switch (code) {
        case 3 ->
            field.isEmpty()
                ? ""
                : "{\"@type\":\"%sBadRequest\",\"field_violations\":[{\"field\":%s,\"description\":%s,\"reason\":\"\"}]}"
                    .formatted(TYPE, Json.quoted(field), Json.quoted(message));
        case 5 ->
            "{\"@type\":\"%sResourceInfo\",\"resource_type\":\"%s\",\"resource_name\":\"%s\",\"owner\":\"\",\"description\":\"\"}"
                .formatted(TYPE, resourceType(), resourceName());
        case 9 ->
            "{\"@type\":\"%sPreconditionFailure\",\"violations\":[{\"type\":\"%s\",\"subject\":\"%s\",\"description\":%s}]}"
                .formatted(TYPE, reason, about.get("model"), Json.quoted(message));
        default -> "";
      };
    }

    private String resourceType() {
      return isVersion() ? "model version" : "model";
    }

    private String resourceName() {
      return isVersion() ? about.get("model") + "/" + about.get("version") : about.get("model");
    }

    private boolean isVersion() {
      return reason.equals("VERSION_NOT_FOUND") && about.containsKey("version");
    }

    private static Collector<CharSequence, ?, String> joined() {
      return Collectors.joining(",");
    }
  }

  static RefusalTable read() {
    InputStream resource =
        Objects.requireNonNull(RefusalTable.class.getResourceAsStream("/refusals.txt"));
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
      List<Row> rows = new ArrayList<>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isBlank() && !line.startsWith("#")) {
          rows.add(Row.of(line));
        }
      }
      return new RefusalTable(rows);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The rows that speak of a call; there should be one. */
  List<Row> rows(Refusal refusal, Form form) {
    return rows.stream().filter(row -> row.isFor(refusal, form)).toList();
  }
}
