package io.millrace.benchmarks;

import ai.onnxruntime.OrtException;
import io.millrace.server.bench.Arrivals;
import io.millrace.server.bench.Limit;
import io.millrace.server.bench.LoadResult;
import io.millrace.server.bench.LoadTest;
import io.millrace.server.bench.OpenLoop;
import io.millrace.server.bench.Protocol;
import io.millrace.server.bench.Target;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Calls of one model by one protocol at a steady rate, all of which must be answered.
 *
 * @param model as the server knows it
 * @param workload what is sent, and what the model does
 */
record SteadyTraffic(String model, Workload workload, Protocol protocol, int perSecond) {
  /** Machines of CI are busy, and nothing here is about time. */
  private static final Duration DEADLINE = Duration.ofMinutes(2);

  private static final int MOST_IN_FLIGHT = 10_000;

  /** All that a soak calls well; a model of this name comes and goes. */
  static List<SteadyTraffic> mix(String swapped) {
    return List.of(
        of(Workload.MLP, Protocol.PREDICT, 50),
        of(Workload.IDENTITY_64K, Protocol.INFER, 10),
        of(Workload.LINEAR, Protocol.REST, 10),
        of(Workload.MLP, Protocol.REST, 5),
        of(Workload.SLOW, Protocol.PREDICT, 3),
        new SteadyTraffic(swapped, Workload.LINEAR, Protocol.INFER, 20));
  }

  private static SteadyTraffic of(Workload workload, Protocol protocol, int perSecond) {
    return new SteadyTraffic(workload.model(), workload, protocol, perSecond);
  }

  /** Calls for so long, and waits for the answers. */
  LoadResult run(StressServer server, Path models, Duration time)
      throws IOException, InterruptedException, OrtException {
    String address = protocol == Protocol.REST ? server.rest() : server.grpc();
    Target target = new Target(protocol, address, model, 0, 1, DEADLINE);
    Answers answers = new Answers(protocol, RawModel.answer(models, workload));
    try (LoadTest test = LoadTest.prepare(target, workload.inputs(), 1)) {
      OpenLoop load = new OpenLoop(perSecond, Arrivals.POISSON, MOST_IN_FLIGHT);
      return test.run(load, Limit.of(time), answers);
    }
  }

  /** For people. */
  @Override
  public String toString() {
    return "%s by %s".formatted(model, protocol);
  }
}
