package io.millrace.server.bench;

import io.millrace.v1.ModelSpec;
import java.time.Duration;

/**
 * The server and the model to call.
 *
 * @param address host and port, such as {@code 127.0.0.1:8001}
 * @param version 0 for the newest that is ready
 * @param connections of gRPC; REST opens one for each call under way
 * @param deadline of each call
 */
public record Target(
    Protocol protocol,
    String address,
    String model,
    long version,
    int connections,
    Duration deadline) {
  private static final Duration FIRST_CONTACT = Duration.ofSeconds(10);

  /** How long to wait before any load: connecting and the first classes take longer than a call. */
  Duration firstDeadline() {
    return deadline.compareTo(FIRST_CONTACT) > 0 ? deadline : FIRST_CONTACT;
  }

  ModelSpec spec() {
    ModelSpec.Builder spec = ModelSpec.newBuilder().setName(model);
    if (version != 0) {
      spec.setVersion(version);
    }
    return spec.build();
  }

  /** Model and version as people write them: {@code digits/2}. */
  String modelText() {
    return version == 0 ? model : model + "/" + version;
  }
}
