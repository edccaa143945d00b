package io.millrace.server.batching;

import io.millrace.server.engine.ModelInstance;
import io.millrace.server.engine.RunInput;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Finds out by trial whether requests of a model may run together, and whether that pays: each row
 * alone against all of them at once. Confined to the instance's thread.
 */
final class BatchProbe {
  static final int ROWS = 8;
  private static final int ROUNDS = 5;

  /** Nothing that takes this long for one row is worth more trials. */
  private static final long SLOW_NANOS = 50_000_000;

  private static final double WORTH_IT = 0.9;

  private final ModelInstance instance;
  private final List<String> outputs;
  private final List<List<Tensor>> rows;

  /** A trial of rows that are made for it. */
  BatchProbe(ModelInstance instance, Signature signature) {
    this(
        instance,
        signature,
        IntStream.range(0, ROWS)
            .mapToObj(
                row -> signature.inputs().stream().map(spec -> ProbeRow.of(spec, row)).toList())
            .toList());
  }

  /**
   * A trial of given rows.
   *
   * @param rows {@link #ROWS} of them, each with its part of each input
   */
  BatchProbe(ModelInstance instance, Signature signature, List<List<Tensor>> rows) {
    this.instance = instance;
    this.outputs = signature.outputs().stream().map(TensorSpec::name).toList();
    this.rows = rows;
  }

  /** What the trial showed. */
  enum Verdict {
    PAYS("rows run together cost less"),
    DOES_NOT_PAY("rows run together cost no less"),
    IS_WRONG("a row gives another answer when it is not alone"),
    FAILS("the model fails on the rows of the trial");

    private final String words;

    Verdict(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  Verdict verdict() {
    try {
      return agrees() ? gain() : Verdict.IS_WRONG;
    } catch (ServingException e) {
      return Verdict.FAILS;
    }
  }

  private List<Tensor> alone(int row) {
    return instance.run(rows.get(row).stream().map(RunInput::of).toList(), outputs);
  }

  private List<Tensor> together() {
    return instance.run(
        IntStream.range(0, rows.get(0).size())
            .mapToObj(input -> RunInput.of(rows.stream().map(row -> row.get(input)).toList()))
            .toList(),
        outputs);
  }

  private boolean agrees() {
    List<Tensor> together = together();
    List<List<Tensor>> parts = new ArrayList<>();
    for (Tensor output : together) {
      if (output.shape().rank() == 0 || output.shape().size(0) != ROWS) {
        return false;
      }
      parts.add(RowSplitter.split(output, LongStream.generate(() -> 1).limit(ROWS).toArray()));
    }
    return IntStream.range(0, ROWS).allMatch(row -> agrees(alone(row), parts, row));
  }

  private static boolean agrees(List<Tensor> alone, List<List<Tensor>> parts, int row) {
    return IntStream.range(0, alone.size())
        .allMatch(output -> Agreement.of(alone.get(output), parts.get(output).get(row)));
  }

  private Verdict gain() {
    long alone = best(() -> alone(0));
    if (alone > SLOW_NANOS) {
      return Verdict.DOES_NOT_PAY;
    }
    return best(this::together) <= WORTH_IT * ROWS * alone ? Verdict.PAYS : Verdict.DOES_NOT_PAY;
  }

  private static long best(Runnable run) {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < ROUNDS && (i == 0 || best < SLOW_NANOS); i++) {
      long began = System.nanoTime();
      run.run();
      best = Math.min(best, System.nanoTime() - began);
    }
    return best;
  }
}
