package io.millrace.benchmarks;

import ai.onnxruntime.OrtException;
import io.millrace.server.bench.ClosedLoop;
import io.millrace.server.bench.Limit;
import io.millrace.server.bench.LoadResult;
import io.millrace.server.bench.LoadTest;
import io.millrace.server.bench.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** All contenders for one workload, ready to be measured in turn. Confined to one thread. */
final class Lineup implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final long SEED = 1;

  private final Workload workload;
  private final float[] expected;
  private final Map<Contender, ServerProcess> processes = new EnumMap<>(Contender.class);
  private final Map<Contender, LoadTest> tests = new EnumMap<>(Contender.class);
  private final Path echoed;
  private final Servers servers;

  private Lineup(Workload workload, float[] expected, Path echoed, Servers servers) {
    this.workload = workload;
    this.expected = expected;
    this.echoed = echoed;
    this.servers = servers;
  }

  /**
   * Starts what is not running yet, and looks at one answer of each server.
   *
   * @throws IOException if a server does not start, or gives a wrong answer
   */
  static Lineup start(Workload workload, Path repository, String cores, Servers servers)
      throws IOException, InterruptedException, OrtException {
    Path echoed = Files.createTempFile("echo", ".bin");
    Lineup lineup = new Lineup(workload, RawModel.answer(repository, workload), echoed, servers);
    try {
      lineup.join(Contender.PREDICT, servers.millrace(), servers.grpc());
      lineup.join(Contender.INFER, servers.millrace(), servers.grpc());
      lineup.join(Contender.TRACED, servers.traced().process(), servers.traced().address());
      lineup.join(Contender.REST, servers.millrace(), servers.rest());
      lineup.join(Contender.NAIVE, servers.naive(), servers.naiveAddress());
      lineup.startLimits(repository, cores);
      return lineup;
    } catch (IOException | InterruptedException | RuntimeException e) {
      lineup.close();
      throw e;
    }
  }

  private void startLimits(Path repository, String cores) throws IOException, InterruptedException {
    List<String> arguments = List.of(repository.toString(), workload.name());
    ServerProcess raw =
        ServerProcess.start("ONNX Runtime", cores, Servers.java(RawWorker.class, arguments));
    processes.put(Contender.RAW, raw);
    Files.write(echoed, test(Contender.PREDICT).firstAnswer());
    List<String> answer = List.of(echoed.toString());
    ServerProcess echo =
        ServerProcess.start("the echo", cores, Servers.java(EchoServer.class, answer));
    processes.put(Contender.ECHO, echo);
    String unused = raw.await(ServerProcess.READY);
    join(Contender.ECHO, echo, Servers.local(echo.await(ServerProcess.READY)));
  }

  private void join(Contender contender, ServerProcess process, String address)
      throws IOException, InterruptedException {
    Target target = new Target(contender.protocol(), address, workload.model(), 0, 1, DEADLINE);
    LoadTest test = LoadTest.prepare(target, workload.inputs(), SEED);
    processes.put(contender, process);
    tests.put(contender, test);
    if (!answers(contender).test(test.firstAnswer())) {
      throw new IOException(workload + ": " + contender + " gives a wrong answer");
    }
  }

  private LoadTest test(Contender contender) {
    LoadTest test = tests.get(contender);
    if (test == null) {
      throw new IllegalStateException(contender + " is not under load");
    }
    return test;
  }

  private ServerProcess process(Contender contender) {
    ServerProcess process = processes.get(contender);
    if (process == null) {
      throw new IllegalStateException(contender + " was not started");
    }
    return process;
  }

  private Answers answers(Contender contender) {
    return new Answers(contender.protocol(), expected);
  }

  /** Sends requests and looks at each answer. */
  LoadResult check(Contender contender, int concurrency, Limit limit) throws InterruptedException {
    return load(contender, concurrency, limit, answers(contender));
  }

  private LoadResult load(
      Contender contender, int concurrency, Limit limit, @Nullable Predicate<byte[]> check)
      throws InterruptedException {
    return test(contender).run(new ClosedLoop(concurrency), limit, check);
  }

  /**
   * Measures one contender.
   *
   * @throws IOException if a call failed: then nothing can be said of the others
   */
  Sample measure(Contender contender, int concurrency, Duration time)
      throws IOException, InterruptedException {
    return contender == Contender.RAW
        ? measureRaw(time)
        : measureServer(contender, concurrency, time);
  }

  private Sample measureServer(Contender contender, int concurrency, Duration time)
      throws IOException, InterruptedException {
    long pid = process(contender).handle().pid();
    long cpu = ProcessCpu.nanos(pid);
    long envoy = envoyNanos(contender);
    LoadResult result = load(contender, concurrency, Limit.of(time), null);
    long usedCpu = ProcessCpu.nanos(pid) - cpu;
    long usedEnvoy = envoyNanos(contender) - envoy;
    if (result.failed() > 0 || result.answered() == 0) {
      throw new IOException(
          "%s: %s with %d callers: %d answers and these failures: %s"
              .formatted(workload, contender, concurrency, result.answered(), result.failures()));
    }
    return new Sample(
        micros(usedCpu, result.answered()),
        micros(usedEnvoy, result.answered()),
        result.requestsPerSecond(),
        result.millisAt(50) * 1e3,
        result.millisAt(99) * 1e3);
  }

  /** Envoy and the script that keeps it are the children of the server. */
  private long envoyNanos(Contender contender) throws IOException {
    return contender == Contender.REST
        ? ProcessCpu.nanosOfDescendants(servers.millrace().handle().pid())
        : 0;
  }

  private Sample measureRaw(Duration time) throws IOException {
    ServerProcess raw = process(Contender.RAW);
    long cpu = ProcessCpu.nanos(raw.handle().pid());
    String[] told = raw.ask(Long.toString(time.toMillis())).split(" ", -1);
    long usedCpu = ProcessCpu.nanos(raw.handle().pid()) - cpu;
    long runs = Long.parseLong(told[0]);
    double seconds = Long.parseLong(told[1]) / (double) TimeUnit.SECONDS.toNanos(1);
    return new Sample(
        micros(usedCpu, runs),
        0,
        runs / seconds,
        Long.parseLong(told[2]) / 1e3,
        Long.parseLong(told[3]) / 1e3);
  }

  private static double micros(long nanos, long requests) {
    return nanos / 1e3 / requests;
  }

  /** The servers of all models run on. */
  @Override
  public void close() {
    tests.values().forEach(LoadTest::close);
    for (Contender limit : List.of(Contender.RAW, Contender.ECHO)) {
      ServerProcess process = processes.get(limit);
      if (process != null) {
        process.close();
      }
    }
    try {
      Files.deleteIfExists(echoed);
    } catch (IOException e) {
      System.err.println("benchmarks: " + echoed + " was left behind: " + e.getMessage());
    }
  }
}
