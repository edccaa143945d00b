package io.millrace.server.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.v1.PredictRequest;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A server that answers, and the requests for it: ready to be put under load. */
public final class LoadTest implements AutoCloseable {
  private final Target target;
  private final Caller caller;
  private final List<byte[]> requests;
  private final long rows;
  private final long seed;
  private final byte[] firstAnswer;

  private LoadTest(Target target, Requests requests, long seed)
      throws IOException, InterruptedException {
    this.target = target;
    this.seed = seed;
    this.rows = requests.rows();
    this.requests = requests.bytes();
    this.caller = caller(target);
    try {
      this.firstAnswer = callOnce();
    } catch (IOException | RuntimeException e) {
      caller.close();
      throw e;
    }
  }

  /**
   * Makes the requests and sends the first, so that what is wrong comes out before any load.
   *
   * @param seed of all that is random
   * @throws IOException if the server does not answer; its message is for a person
   */
  public static LoadTest prepare(Target target, Inputs inputs, long seed)
      throws IOException, InterruptedException {
    return new LoadTest(target, requests(target, inputs, seed), seed);
  }

  /** As they travel, and how many rows each holds. */
  private record Requests(List<byte[]> bytes, long rows) {}

  private static Requests requests(Target target, Inputs inputs, long seed)
      throws IOException, InterruptedException {
    if (inputs instanceof Inputs.Body body) {
      return new Requests(List.of(body.json().getBytes(UTF_8)), body.rows());
    }
    List<PredictRequest> messages = messages(target, inputs, seed);
    List<byte[]> bytes = new ArrayList<>();
    for (PredictRequest message : messages) {
      bytes.add(RequestBytes.of(message, target.protocol()));
    }
    return new Requests(bytes, rows(messages.get(0)));
  }

  private static List<PredictRequest> messages(Target target, Inputs inputs, long seed)
      throws IOException, InterruptedException {
    if (inputs instanceof Inputs.Given given) {
      return given.requests().stream()
          .map(request -> request.toBuilder().setModelSpec(target.spec()).build())
          .toList();
    }
    return new RandomInputs((Inputs.Random) inputs, new SplittableRandom(seed))
        .requests(target.spec(), ModelDescription.ask(target));
  }

  private static Caller caller(Target target) throws BenchException {
    return switch (target.protocol()) {
      case PREDICT, INFER ->
          new GrpcCaller(target.address(), target.protocol(), target.connections());
      case REST -> new RestCaller(uri(target, "/v1/models/", ":predict"));
      case REST_INFER -> new RestCaller(uri(target, "/v2/models/", "/infer"));
    };
  }

  private static URI uri(Target target, String prefix, String verb) throws BenchException {
    return ModelDescription.uri(target, prefix, verb);
  }

  /** The first dimension of the first input, by which servers batch. */
  private static long rows(PredictRequest request) {
    return request.getInputsCount() == 0 || request.getInputs(0).getShapeCount() == 0
        ? 1
        : request.getInputs(0).getShape(0);
  }

  private byte[] callOnce() throws IOException {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    caller.call(
        requests.get(0),
        target.firstDeadline().toNanos(),
        new Caller.End() {
          @Override
          public void answered(byte[] bytes) {
            answer.complete(bytes);
          }

          @Override
          public void failed(String reason, String message) {
            answer.completeExceptionally(Trouble.of(target, reason, message));
          }
        });
    try {
      return answer.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException trouble) {
        throw trouble;
      }
      throw e;
    }
  }

  /** The answer to the first request, as it came on the wire. */
  public byte[] firstAnswer() {
    return firstAnswer.clone();
  }

  long rows() {
    return rows;
  }

  /**
   * Puts a load on the server, blocks until it ends, and counts.
   *
   * @param check an answer that it refuses counts as failed; null takes all
   */
  public LoadResult run(Load load, Limit limit, @Nullable Predicate<byte[]> check)
      throws InterruptedException {
    return run(load, limit, check, run -> () -> {});
  }

  LoadResult run(Load load, Limit limit, @Nullable Predicate<byte[]> check, Watcher watcher)
      throws InterruptedException {
    LoadRun.Setting setting = new LoadRun.Setting(caller, requests, rows, target.deadline(), check);
    LoadRun run = new LoadRun(setting, limit);
    Runnable endOfWatch = watcher.begin(run);
    try {
      return run.run(load, new SplittableRandom(seed));
    } finally {
      endOfWatch.run();
    }
  }

  /** Looks at runs while they last. */
  interface Watcher {
    /** Returns what ends the watching. */
    Runnable begin(LoadRun run);
  }

  @Override
  public void close() {
    caller.close();
  }
}
