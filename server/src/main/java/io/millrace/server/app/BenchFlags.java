package io.millrace.server.app;

import java.util.List;
import picocli.CommandLine;

/** The flags of {@code bench} beside its model; {@code BenchOptions} holds their defaults. */
final class BenchFlags {
  private static final List<Flag> ALL =
      List.of(
          new Flag(
              "protocol", "NAME", "predict (default) or infer by gRPC, rest or rest-infer by JSON"),
          new Flag(
              "server",
              "HOST:PORT",
              "where it listens; default 127.0.0.1:8001, for REST 127.0.0.1:8000"),
          new Flag(
              "concurrency",
              "LIST",
              "closed loop: callers that wait for their answers; default 1,16"),
          new Flag("rate", "LIST", "open loop: calls per second, whatever the answers do"),
          new Flag("arrivals", "NAME", "of an open loop: constant (default) or poisson"),
          new Flag(
              "max-in-flight",
              "N",
              "of an open loop: with so many unanswered, calls fail unsent; default 10000"),
          new Flag("rows", "N", "rows of a request, where the model takes any; default 1"),
          new Flag(
              "shape",
              "NAME=AxB",
              "shape of an input whose sizes are open, such as image=8x3x224x224"),
          new Flag(
              "input",
              "FILE",
              "a request instead of random values: a PredictRequest in JSON, as samples/request.json,"
                  + " or by REST the body as curl sends it, as samples/predict.json"),
          new Flag("duration", "TIME", "how long each load lasts; default 10s"),
          new Flag(
              "requests",
              "N",
              "ends a load after so many calls, and without --duration not before"),
          new Flag("warm-up", "TIME", "load before each measurement; default 2s"),
          new Flag(
              "deadline", "TIME", "of each call; an answer after it is a failure; default 10s"),
          new Flag("connections", "N", "connections of gRPC; default 1"),
          new Flag("seed", "N", "of the random values and times; default 1"),
          new Flag("json", "", "print the results as JSON"));

  private BenchFlags() {}

  /** Gives the command itself. */
  static CommandLine addTo(CommandLine command) {
    ALL.forEach(flag -> command.getCommandSpec().addOption(flag.spec()));
    return command;
  }
}
