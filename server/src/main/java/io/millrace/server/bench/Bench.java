package io.millrace.server.bench;

import io.millrace.v1.ModelSpec;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** {@code millrace bench}: puts each load on a model in turn and prints what came out. */
public final class Bench {
  private final String version;
  private final BenchOptions options;
  private final Target target;
  private final Inputs inputs;

  private Bench(String version, BenchOptions options, Target target, Inputs inputs) {
    this.version = version;
    this.options = options;
    this.target = target;
    this.inputs = inputs;
  }

  /**
   * What the options ask for.
   *
   * @param version of Millrace, for the results
   * @param model wins over the one that the file of inputs names
   * @throws IOException if there is no model, or the file cannot be read
   */
  public static Bench of(String version, BenchOptions options, Optional<ModelChoice> model)
      throws IOException {
    Inputs inputs =
        options.inputFile().isPresent()
            ? GivenInputs.read(options.inputFile().get(), options.protocol())
            : options.randomInputs();
    ModelChoice chosen =
        model
            .or(() -> named(inputs))
            .orElseThrow(
                () -> new BenchException("name a MODEL, or an --input file with model_spec.name"));
    return new Bench(version, options, target(options, chosen), inputs);
  }

  private static Optional<ModelChoice> named(Inputs inputs) {
    if (!(inputs instanceof Inputs.Given given)) {
      return Optional.empty();
    }
    ModelSpec spec = given.requests().get(0).getModelSpec();
    return ModelChoice.parse(spec.getName())
        .map(choice -> new ModelChoice(choice.model(), Math.max(0, spec.getVersion())));
  }

  private static Target target(BenchOptions options, ModelChoice choice) {
    return new Target(
        options.protocol(),
        options.address(),
        choice.model(),
        choice.version(),
        options.connections(),
        options.deadline());
  }

  /**
   * Runs the plan. Blocks.
   *
   * @param out for the results
   * @param err for what is shown meanwhile
   * @param inPlace whether {@code err} is a terminal
   * @return whether each load had at least one answer
   * @throws IOException if the server cannot be measured; its message is for a person
   */
  public boolean run(PrintStream out, PrintStream err, boolean inPlace)
      throws IOException, InterruptedException {
    BenchPlan plan = options.plan();
    Progress progress = new Progress(err, inPlace);
    List<LoadResult> results = new ArrayList<>();
    try (LoadTest test = LoadTest.prepare(target, inputs, plan.seed())) {
      if (!options.json()) {
        out.println(head(test.rows()));
      }
      for (Load load : plan.loads()) {
        warmUp(test, load, progress);
        results.add(
            test.run(load, plan.limit(), null, progress.watcher("measuring", load, plan.limit())));
      }
    }
    out.print(
        options.json() ? ResultJson.of(version, target, plan, results) : ResultTable.of(results));
    out.flush();
    return results.stream().allMatch(result -> result.answered() > 0);
  }

  private void warmUp(LoadTest test, Load load, Progress progress) throws InterruptedException {
    Duration warmUp = options.plan().warmUp();
    if (!warmUp.isZero()) {
      Limit limit = Limit.of(warmUp);
      LoadResult unused = test.run(load, limit, null, progress.watcher("warm-up", load, limit));
    }
  }

  private String head(long rows) {
    return String.format(
        Locale.ROOT,
        "%s, %s, %s; rows in a request: %d, deadline %s s",
        target.modelText(),
        target.protocol(),
        target.address(),
        rows,
        target.deadline().toMillis() / 1e3);
  }
}
