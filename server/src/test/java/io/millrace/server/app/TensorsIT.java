package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferResponse;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors of every type and shape travel from a caller through a real engine and back. */
final class TensorsIT {
  @TempDir private static Path temp;
  private static RunningServer server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() {
    Path repository = temp.resolve("repository");
    for (Sent sent : everyType()) {
      Repositories.drop(repository, sent.model(), 1, sent.model() + ".onnx");
    }
    for (String model : List.of("scalar", "identity-bytes-scalar", "add-sub")) {
      Repositories.drop(repository, model, 1, model + ".onnx");
    }
    server = RunningServer.start(repository);
    channel = server.channel();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** Values in the list of their type, and the same as little-endian bytes. */
  record Sent(Tensor typed, ByteString raw) {
    String type() {
      return typed.getDtype().name().substring("DT_".length());
    }

    String model() {
      return "identity-" + type().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
      return type();
    }
  }

  /** Each with a value that its neighbours in width or sign do not have. */
  static List<Sent> everyType() {
    return List.of(
        sent(DataType.DT_BOOL, "0100", vector().addBoolVal(true).addBoolVal(false)),
        sent(DataType.DT_INT8, "807f", vector().addIntVal(-128).addIntVal(127)),
        sent(DataType.DT_INT16, "0080ff7f", vector().addIntVal(-32768).addIntVal(32767)),
        sent(
            DataType.DT_INT32,
            "00000080ffffff7f",
            vector().addIntVal(Integer.MIN_VALUE).addIntVal(Integer.MAX_VALUE)),
        sent(
            DataType.DT_INT64,
            "0000000000000080ffffffffffffff7f",
            vector().addIntVal(Long.MIN_VALUE).addIntVal(Long.MAX_VALUE)),
        sent(DataType.DT_UINT8, "ff80", vector().addUintVal(255).addUintVal(128)),
        sent(DataType.DT_UINT16, "ffff0080", vector().addUintVal(65_535).addUintVal(32_768)),
        sent(
            DataType.DT_UINT32,
            "ffffffff00000080",
            vector().addUintVal(0xFFFF_FFFFL).addUintVal(0x8000_0000L)),
        sent(
            DataType.DT_UINT64,
            "ffffffffffffffff0000000000000080",
            vector().addUintVal(-1L).addUintVal(Long.MIN_VALUE)),
        sent(DataType.DT_FP16, "003c00c0", vector().addFp32Val(1).addFp32Val(-2)),
        sent(DataType.DT_BF16, "803f00c0", vector().addFp32Val(1).addFp32Val(-2)),
        sent(DataType.DT_FP32, "0000803f000000c0", vector().addFp32Val(1).addFp32Val(-2)),
        sent(
            DataType.DT_FP64,
            "000000000000f03f00000000000000c0",
            vector().addFp64Val(1).addFp64Val(-2)),
        sent(
            DataType.DT_BYTES,
            "04000000f09f988000000000",
            vector().addBytesVal(ByteString.copyFromUtf8("\uD83D\uDE00")).addBytesVal(bytes(""))));
  }

  private static Tensor.Builder vector() {
    return Tensor.newBuilder().setName("x").addShape(2);
  }

  private static Sent sent(DataType dtype, String raw, Tensor.Builder typed) {
    return new Sent(typed.setDtype(dtype).build(), bytes(raw));
  }

  private static ByteString bytes(String hexadecimal) {
    return ByteString.copyFrom(HexFormat.of().parseHex(hexadecimal));
  }

  private static PredictResponse predict(String model, Tensor... inputs) {
    return Calls.predict(
        channel,
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName(model))
            .addAllInputs(List.of(inputs))
            .build());
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void typedValues_comeBackBitForBit(Sent sent) {
    assertEchoed(sent, predict(sent.model(), sent.typed()));
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void rawValues_comeBackBitForBit(Sent sent) {
    assertEchoed(
        sent,
        predict(
            sent.model(), vector().setDtype(sent.typed().getDtype()).setRaw(sent.raw()).build()));
  }

  private static void assertEchoed(Sent sent, PredictResponse response) {
    assertThat(response.getOutputsList())
        .containsExactly(
            Tensor.newBuilder()
                .setName("y")
                .setDtype(sent.typed().getDtype())
                .addShape(2)
                .setRaw(sent.raw())
                .build());
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void openInference_bringsBackTheSameBits(Sent sent) {
    ModelInferResponse response =
        GRPCInferenceServiceGrpc.newBlockingStub(channel)
            .modelInfer(
                ModelInferRequest.newBuilder()
                    .setModelName(sent.model())
                    .addInputs(
                        ModelInferRequest.InferInputTensor.newBuilder()
                            .setName("x")
                            .setDatatype(sent.type())
                            .addShape(2))
                    .addRawInputContents(sent.raw())
                    .build());

    assertThat(response.getOutputs(0).getDatatype()).isEqualTo(sent.type());
    assertThat(response.getOutputs(0).getShapeList()).containsExactly(2L);
    assertThat(response.getRawOutputContentsList()).containsExactly(sent.raw());
  }

  @ParameterizedTest
  @ValueSource(strings = {"identity-fp32", "identity-uint64", "identity-bytes", "identity-bool"})
  void noElements_giveNoElements(String model) {
    DataType dtype =
        DataType.valueOf("DT_" + model.substring("identity-".length()).toUpperCase(Locale.ROOT));

    Tensor output =
        predict(model, Tensor.newBuilder().setName("x").setDtype(dtype).addShape(0).build())
            .getOutputs(0);

    assertThat(output.getShapeList()).containsExactly(0L);
    assertThat(output.getRaw()).isEmpty();
  }

  @Test
  void aScalar_hasNoShapeOnEitherSide() {
    Tensor x = Tensor.newBuilder().setName("x").setDtype(DataType.DT_FP32).addFp32Val(41).build();

    PredictResponse response = predict("scalar", x);

    assertThat(Calls.output(response, "y").getShapeCount()).isZero();
    assertThat(Calls.fp32(response, "y", 0)).isEqualTo(42);
  }

  @Test
  void aScalarOfText_comesBack() {
    ByteString text = ByteString.copyFromUtf8("text");
    Tensor x =
        Tensor.newBuilder().setName("x").setDtype(DataType.DT_BYTES).addBytesVal(text).build();

    Tensor y = predict("identity-bytes-scalar", x).getOutputs(0);

    assertThat(y.getShapeCount()).isZero();
    assertThat(y.getRaw()).isEqualTo(bytes("04000000").concat(text));
  }

  /** The model's inputs are a and b, its outputs their sum and difference; both sizes are open. */
  @ParameterizedTest
  @CsvSource({"1, 1", "2, 3", "7, 2", "0, 3"})
  void inputsInAnyOrderAndOfAnySizes_giveAllOutputs(long rows, long columns) {
    PredictResponse response =
        predict("add-sub", matrix("b", rows, columns, 10), matrix("a", rows, columns, 1));

    assertThat(response.getOutputsList())
        .extracting(Tensor::getName)
        .containsExactly("sum", "difference");
    assertThat(response.getOutputsList())
        .allSatisfy(output -> assertThat(output.getShapeList()).containsExactly(rows, columns));
    for (int i = 0; i < rows * columns; i++) {
      assertThat(Calls.fp32(response, "sum", i)).isEqualTo(11f * i);
      assertThat(Calls.fp32(response, "difference", i)).isEqualTo(-9f * i);
    }
  }

  /** The multiples of a step, row by row. */
  private static Tensor matrix(String name, long rows, long columns, int step) {
    ByteBuffer values =
        ByteBuffer.allocate((int) (rows * columns) * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    IntStream.range(0, (int) (rows * columns)).forEach(i -> values.putFloat((float) i * step));
    return Tensor.newBuilder()
        .setName(name)
        .setDtype(DataType.DT_FP32)
        .addAllShape(List.of(rows, columns))
        .setRaw(ByteString.copyFrom(values.flip()))
        .build();
  }
}
