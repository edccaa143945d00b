package io.millrace.server.app;

import io.millrace.server.config.DataSize;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The values that one run sets in {@code envoy/envoy.yaml}. The file works as it stands; a line
 * that ends in {@code # serve: name} has its value replaced, and a line {@code # serve: insert
 * name} makes room for more.
 *
 * @param host the address that Envoy listens on
 * @param port the port that Envoy listens on; 0 lets the system choose one
 * @param grpcHost an address of the gRPC server that can be connected to
 * @param limit the largest request that the gRPC server takes
 * @param admin whether operators may come through Envoy
 * @param tracing Envoy's own tracer, if there is to be one
 */
record EnvoyBootstrap(
    String host,
    int port,
    String grpcHost,
    int grpcPort,
    DataSize limit,
    AdminDoors admin,
    Optional<EnvoyTracing> tracing) {
  private static final Pattern VALUE =
      Pattern.compile("(\\s*(?:- )?[\\w@]+: )\\S.*?(\\s+# serve: ([\\w-]+))");

  /** What the transcoder counts besides the body: less than the headers may have. */
  private static final int ENVELOPE_BYTES = 64 << 10;

  private static final Pattern INSERT = Pattern.compile("(\\s*)# serve: insert ([\\w-]+)");

  /**
   * The file with these values.
   *
   * @param adminSocket the file through which the server will talk to Envoy
   * @param descriptors the descriptor set of the protocols
   * @throws IllegalStateException if the file has a mark of another name, or lacks one
   */
  String fill(String file, Path adminSocket, Path descriptors) {
    Map<String, String> values = values();
    values.put("admin-socket", quoted(adminSocket.toString()));
    values.put("descriptor", quoted(descriptors.toString()));
    values.putAll(admin.inserts());
    values.putAll(tracing.map(EnvoyTracing::inserts).orElse(Map.of()));
    TreeSet<String> unused = new TreeSet<>(values.keySet());
    String filled =
        file.lines()
            .map(line -> fillLine(line, values, unused))
            .collect(Collectors.joining("\n", "", "\n"));
    if (!unused.isEmpty()) {
      throw new IllegalStateException("envoy.yaml has no mark '# serve: " + unused.first());
    }
    return filled;
  }

  private static String fillLine(String line, Map<String, String> values, TreeSet<String> unused) {
    Matcher insert = INSERT.matcher(line);
    if (insert.matches()) {
      unused.remove(insert.group(2));
      return values.containsKey(insert.group(2))
          ? values.get(insert.group(2)).indent(insert.group(1).length()).stripTrailing()
          : line;
    }
    Matcher value = VALUE.matcher(line);
    if (!value.matches()) {
      return line;
    }
    String name = value.group(3);
    if (!values.containsKey(name)) {
      throw new IllegalStateException("envoy.yaml marks an unknown value: " + line.strip());
    }
    unused.remove(name);
    return value.group(1) + values.get(name) + value.group(2);
  }

  private Map<String, String> values() {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("host", quoted(host));
    values.put("rest-port", Integer.toString(port));
    values.put("grpc-host", quoted(grpcHost));
    values.put("grpc-port", Integer.toString(grpcPort));
    values.put("request-limit", Long.toString(limit.bytes()));
    values.put("envelope-limit", Long.toString(limit.bytes() + ENVELOPE_BYTES));
    values.put("response-limit", Long.toString(2 * limit.bytes()));
    values.put(
        "limit-message",
        quoted("the request is above the limit of %s (--max-message-size)".formatted(limit)));
    return values;
  }

  static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /**
   * The numbers of an address, which Envoy wants.
   *
   * @throws UnknownHostException if the name cannot be resolved
   */
  static String numeric(String host) throws UnknownHostException {
    String address = InetAddress.getByName(host).getHostAddress();
    // Envoy takes no zone: fe80::1%eth0.
    int zone = address.indexOf('%');
    return zone < 0 ? address : address.substring(0, zone);
  }

  /** Where to connect to what listens on an address: a wildcard is reached by loopback. */
  static String connectable(String host) throws UnknownHostException {
    InetAddress address = InetAddress.getByName(host);
    if (!address.isAnyLocalAddress()) {
      return numeric(host);
    }
    return address.getAddress().length == 4 ? "127.0.0.1" : "::1";
  }
}
