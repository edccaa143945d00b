package io.millrace.server.engine.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.engine.Fixtures;
import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OnnxRunTest {
  private static final OnnxEngine ENGINE = new OnnxEngine(Fixtures.CACHE);

  /** Hexadecimal bit patterns, most significant digit first, that a detour could change. */
  @ParameterizedTest
  @CsvSource({
    "BOOL, 00 01",
    "UINT8, 00 7f 80 ff",
    "UINT16, 0000 7fff 8000 ffff",
    "UINT32, 00000000 7fffffff 80000000 ffffffff",
    "UINT64, 0000000000000000 7fffffffffffffff 8000000000000000 ffffffffffffffff 0020000000000001",
    "INT8, 80 ff 00 7f",
    "INT16, 8000 ffff 7fff",
    "INT32, 80000000 ffffffff 7fffffff",
    "INT64, 8000000000000000 ffffffffffffffff 7fffffffffffffff 0020000000000001",
    "FP16, 8000 7c00 fc00 7e01 7c01 0001 7bff",
    "BF16, 8000 7f80 ff80 7fc1 7f81 0001 7f7f",
    "FP32, 80000000 7f800000 7fc00001 7f800001 00000001 7f7fffff",
    "FP64, 8000000000000000 7ff8000000000001 7ff0000000000001 0000000000000001",
  })
  void identity_keepsEveryBit(DataType dtype, String patterns) {
    Tensor x = tensor(dtype, patterns.split(" "));

    Tensor y =
        run("identity-" + dtype.name().toLowerCase(Locale.ROOT), List.of(x), List.of("y")).get(0);

    assertThat(y).isEqualTo(new Tensor("y", dtype, x.shape(), x.data()));
  }

  @ParameterizedTest
  @CsvSource({"FP32", "UINT64", "BOOL", "BYTES"})
  void noElements_giveNoElements(DataType dtype) {
    Tensor x = new Tensor("x", dtype, Shape.of(0), ByteBuffer.allocate(0));

    Tensor y =
        run("identity-" + dtype.name().toLowerCase(Locale.ROOT), List.of(x), List.of("y")).get(0);

    assertThat(y).isEqualTo(new Tensor("y", dtype, Shape.of(0), ByteBuffer.allocate(0)));
  }

  @Test
  void emptyBatch_keepsItsOtherSizes() {
    Tensor x = Fixtures.floats("x", Shape.of(0, 2));

    List<Tensor> outputs = run("constant-version-3", List.of(x), List.of("y", "version"));

    assertThat(outputs).extracting(Tensor::shape).containsExactly(Shape.of(0, 2), Shape.of(0));
  }

  @Test
  void scalar_hasRankZeroOnBothSides() {
    Tensor y = run("scalar", List.of(Fixtures.floats("x", Shape.of(), 41)), List.of("y")).get(0);

    assertThat(y).isEqualTo(Fixtures.floats("y", Shape.of(), 42));
  }

  @ParameterizedTest
  @CsvSource({"sum", "difference", "sum difference", "difference sum", "sum sum"})
  void requestedOutputs_comeInTheRequestedOrder(String names) {
    List<Tensor> outputs = run("add-sub", addSubInputs(), List.of(names.split(" ")));

    assertThat(outputs).extracting(Tensor::name).containsExactly(names.split(" "));
    assertThat(outputs)
        .allSatisfy(
            output ->
                assertThat(Fixtures.floatsOf(output))
                    .containsExactly(
                        output.name().equals("sum") ? new float[] {11, 22} : new float[] {9, 18}));
  }

  @Test
  void bigEndianUnalignedInput_isReadAsTheLittleEndianBytesItHolds() {
    ByteBuffer message = ByteBuffer.allocateDirect(16).order(ByteOrder.BIG_ENDIAN);
    ByteBuffer view = message.slice(3, 8);
    view.put(Fixtures.floats("", Shape.of(2), 1.5f, -2).data());
    Tensor x = new Tensor("x", DataType.FP32, Shape.of(2), view.flip());

    Tensor y = run("identity-fp32", List.of(x), List.of("y")).get(0);

    assertThat(Fixtures.floatsOf(y)).containsExactly(1.5f, -2);
  }

  @Test
  void outputs_stayWhenTheInstanceRunsAgain() {
    try (LoadedModel model = ENGINE.load(Fixtures.onnx("identity-fp32"));
        ModelInstance instance = model.newInstance()) {
      Tensor first =
          Fixtures.run(instance, List.of(Fixtures.floats("x", Shape.of(2), 1, 2)), List.of("y"))
              .get(0);
      Fixtures.run(instance, List.of(Fixtures.floats("x", Shape.of(3), 7, 8, 9)), List.of("y"));

      assertThat(Fixtures.floatsOf(first)).containsExactly(1, 2);
    }
  }

  @Test
  void modelThatFails_isAnEngineErrorThatShowsNothingOfTheEngine() {
    List<Tensor> inputs =
        List.of(
            Fixtures.floats("a", Shape.of(2), 1, 2), Fixtures.floats("b", Shape.of(3), 1, 2, 3));

    assertThatThrownBy(() -> run("two-sizes", inputs, List.of("sum")))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.reason()).isEqualTo(Reason.ENGINE_ERROR))
        .hasMessage("the model failed on this input")
        .hasCauseInstanceOf(ai.onnxruntime.OrtException.class);
  }

  @Test
  void instanceThatFailed_runsTheNextInput() {
    try (LoadedModel model = ENGINE.load(Fixtures.onnx("two-sizes"));
        ModelInstance instance = model.newInstance()) {
      Tensor a = Fixtures.floats("a", Shape.of(2), 1, 2);
      Tensor wrong = Fixtures.floats("b", Shape.of(3), 1, 2, 3);
      assertThatThrownBy(() -> Fixtures.run(instance, List.of(a, wrong), List.of("sum")))
          .isInstanceOf(ServingException.class);

      Tensor b = Fixtures.floats("b", Shape.of(2), 3, 4);
      assertThat(Fixtures.floatsOf(Fixtures.run(instance, List.of(a, b), List.of("sum")).get(0)))
          .containsExactly(4, 6);
    }
  }

  @Test
  void loop_countsItsSteps() {
    Tensor count =
        run("slow", List.of(Fixtures.longs("steps", Shape.of(), 1000)), List.of("count")).get(0);

    assertThat(Fixtures.longsOf(count)).containsExactly(1000);
  }

  @Test
  void eightInstancesOfOneModel_agreeWithOne() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (LoadedModel model = ENGINE.load(Fixtures.onnx("constant-version-2"))) {
      List<Callable<List<Float>>> workers = new ArrayList<>();
      for (int worker = 0; worker < 8; worker++) {
        workers.add(() -> doubled(model));
      }
      List<Float> alone = doubled(model);
      for (Future<List<Float>> answer : threads.invokeAll(workers)) {
        assertThat(answer.get()).isEqualTo(alone);
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void stoppedRun_failsAndTheNextOneDoesNot() throws Exception {
    ExecutorService other = Executors.newSingleThreadExecutor();
    try (LoadedModel model = ENGINE.load(Fixtures.onnx("slow"));
        ModelInstance instance = model.newInstance()) {
      instance.stopRun();
      Future<?> endless = other.submit(() -> steps(instance, Long.MAX_VALUE));
      while (!endless.isDone()) {
        instance.stopRun();
        Thread.onSpinWait();
      }
      assertThatThrownBy(endless::get)
          .cause()
          .extracting(e -> ((ServingException) e).reason())
          .isEqualTo(Reason.CALL_CANCELLED);
      assertThat(Fixtures.longsOf(steps(instance, 3))).containsExactly(3);
    } finally {
      other.shutdown();
    }
  }

  @Test
  void nowAndThen_aRunGivesMemoryBack() throws Exception {
    try (LoadedModel model = ENGINE.load(Fixtures.onnx("identity-fp32"));
        RunSwitch runs = new RunSwitch()) {
      assertThat(model.runsOnAnyThread()).isTrue();
      long now = System.nanoTime();
      Object plain = runs.begin(now);
      assertThat(runs.end()).isFalse();
      assertThat(runs.begin(now + TimeUnit.SECONDS.toNanos(5))).isNotSameAs(plain);
      assertThat(runs.end()).isFalse();
      assertThat(runs.begin(now + TimeUnit.SECONDS.toNanos(6))).isSameAs(plain);
    }
  }

  private static Tensor steps(ModelInstance instance, long steps) {
    Tensor input = Fixtures.longs("steps", Shape.of(), steps);
    return Fixtures.run(instance, List.of(input), List.of("count")).get(0);
  }

  private static List<Float> doubled(LoadedModel model) {
    List<Float> answers = new ArrayList<>();
    try (ModelInstance instance = model.newInstance()) {
      for (int i = 0; i < 500; i++) {
        int rows = 1 + i % 7;
        float[] values = new float[rows * 2];
        values[values.length - 1] = i;
        Tensor x = Fixtures.floats("x", Shape.of(rows, 2), values);
        Tensor y = Fixtures.run(instance, List.of(x), List.of("y")).get(0);
        answers.add(Fixtures.floatsOf(y)[values.length - 1]);
      }
    }
    return answers;
  }

  private static List<Tensor> addSubInputs() {
    return List.of(
        Fixtures.floats("a", Shape.of(1, 2), 10, 20), Fixtures.floats("b", Shape.of(1, 2), 1, 2));
  }

  private static List<Tensor> run(String model, List<Tensor> inputs, List<String> outputs) {
    return Fixtures.run(ENGINE, Fixtures.onnx(model), inputs, outputs);
  }

  private static Tensor tensor(DataType dtype, String[] patterns) {
    ByteBuffer data = ByteBuffer.allocate(patterns.length * dtype.byteSize());
    for (String pattern : patterns) {
      for (int end = pattern.length(); end > 0; end -= 2) {
        data.put((byte) Integer.parseInt(pattern.substring(end - 2, end), 16));
      }
    }
    return new Tensor("x", dtype, Shape.of(patterns.length), data.flip());
  }
}
