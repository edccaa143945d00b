package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.millrace.openinference.InferParameter;
import io.millrace.openinference.InferTensorContents;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferInputTensor;
import io.millrace.openinference.ModelInferRequest.InferRequestedOutputTensor;
import io.millrace.openinference.ModelInferResponse;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionSelector;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenInferenceCodecTest {
  private static InferInputTensor.Builder input(String datatype, long... shape) {
    InferInputTensor.Builder input =
        InferInputTensor.newBuilder().setName("x").setDatatype(datatype);
    for (long size : shape) {
      input.addShape(size);
    }
    return input;
  }

  private static InferTensorContents.Builder contents() {
    return InferTensorContents.newBuilder();
  }

  private static ModelInferRequest.Builder request(InferInputTensor.Builder... inputs) {
    ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName("iris");
    for (InferInputTensor.Builder input : inputs) {
      request.addInputs(input);
    }
    return request;
  }

  private static ByteString bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return ByteString.copyFrom(bytes);
  }

  private static InferenceRequest decode(ModelInferRequest.Builder request) {
    return new OpenInferenceCodec(request.build())
        .decode(new InferenceDoor.Patience(42, () -> false));
  }

  private static ByteString onlyInput(ModelInferRequest.Builder request) {
    return ByteString.copyFrom(decode(request).inputs().get(0).data());
  }

  private static void assertRefused(
      ModelInferRequest.Builder request, Reason reason, String field, String... texts) {
    Refusals.assertRefused(() -> decode(request), reason, field, texts);
  }

  /** An input with contents and the bytes that they stand for. */
  record Typed(InferInputTensor.Builder input, ByteString expected) {}

  static List<Typed> everyTypeThatHasContents() {
    return List.of(
        new Typed(
            input("BOOL", 2).setContents(contents().addBoolContents(false).addBoolContents(true)),
            bytes(0, 1)),
        new Typed(input("INT8", 1).setContents(contents().addIntContents(-128)), bytes(128)),
        new Typed(input("INT16", 1).setContents(contents().addIntContents(-2)), bytes(254, 255)),
        new Typed(
            input("INT32", 1).setContents(contents().addIntContents(-2)),
            bytes(254, 255, 255, 255)),
        new Typed(
            input("INT64", 1).setContents(contents().addInt64Contents(-2)),
            bytes(254, 255, 255, 255, 255, 255, 255, 255)),
        new Typed(input("UINT8", 1).setContents(contents().addUintContents(255)), bytes(255)),
        new Typed(
            input("UINT16", 1).setContents(contents().addUintContents(65534)), bytes(254, 255)),
        new Typed(
            input("UINT32", 1).setContents(contents().addUintContents(-2)),
            bytes(254, 255, 255, 255)),
        new Typed(
            input("UINT64", 1).setContents(contents().addUint64Contents(-2)),
            bytes(254, 255, 255, 255, 255, 255, 255, 255)),
        new Typed(
            input("FP32", 1).setContents(contents().addFp32Contents(1)), bytes(0, 0, 0x80, 0x3F)),
        new Typed(
            input("FP64", 1).setContents(contents().addFp64Contents(-2)),
            bytes(0, 0, 0, 0, 0, 0, 0, 0xC0)),
        new Typed(
            input("BYTES", 1).setContents(contents().addBytesContents(bytes(9, 0, 9))),
            bytes(3, 0, 0, 0, 9, 0, 9)));
  }

  @ParameterizedTest
  @MethodSource("everyTypeThatHasContents")
  void contentsOfTheInputsType_becomeLittleEndianBytes(Typed typed) {
    assertThat(onlyInput(request(typed.input()))).isEqualTo(typed.expected());
  }

  @ParameterizedTest
  @MethodSource("everyTypeThatHasContents")
  void theSameBytesRaw_areTakenAsTheyAre(Typed typed) {
    InferInputTensor.Builder bare = typed.input().clone().clearContents();

    assertThat(onlyInput(request(bare).addRawInputContents(typed.expected())))
        .isEqualTo(typed.expected());
  }

  @ParameterizedTest
  @ValueSource(strings = {"FP16", "BF16"})
  void sixteenBitFloats_areTakenRawOnly(String datatype) {
    assertThat(onlyInput(request(input(datatype, 1)).addRawInputContents(bytes(0, 0x3C))))
        .isEqualTo(bytes(0, 0x3C));
    assertRefused(
        request(input(datatype, 1).setContents(contents().addFp32Contents(1))),
        Reason.TENSOR_DTYPE_MISMATCH,
        "inputs[0].contents.fp32_contents",
        "only raw bytes hold the " + datatype);
    assertRefused(request(input(datatype, 1)), Reason.TENSOR_SIZE_MISMATCH, "inputs[0]", "got 0");
  }

  @Test
  void contentsBesideRawBytes_areRefusedInTheWordsThatClientsKnow() {
    assertRefused(
        request(input("FP32", 1), input("FP32", 1).setName("z").setContents(contents()))
            .addRawInputContents(bytes(0, 0, 0, 0))
            .addRawInputContents(bytes(0, 0, 0, 0)),
        Reason.REQUEST_MALFORMED,
        "inputs[1].contents",
        "contents field must not be specified when using raw_input_contents for 'z' for model"
            + " 'iris'");
  }

  @Test
  void rawBuffersTooFewOrTooMany_areRefused() {
    assertRefused(
        request(input("FP32", 1), input("FP32", 1).setName("z"))
            .addRawInputContents(bytes(0, 0, 0, 0)),
        Reason.REQUEST_MALFORMED,
        "raw_input_contents",
        "1 entries for 2 inputs");
    assertRefused(
        request(input("FP32", 1))
            .addRawInputContents(bytes(0, 0, 0, 0))
            .addRawInputContents(bytes(1)),
        Reason.REQUEST_MALFORMED,
        "raw_input_contents",
        "2 entries for 1 inputs");
  }

  @Test
  void rawBytesThatDoNotFitTheShape_areRefused() {
    assertRefused(
        request(input("FP32", 2)).addRawInputContents(bytes(0, 0, 0, 0)),
        Reason.TENSOR_SIZE_MISMATCH,
        "raw_input_contents[0]",
        "tensor 'x': FP32 [2] takes 8 bytes, got 4");
  }

  @Test
  void contentsOfAnotherType_areRefused() {
    assertRefused(
        request(input("INT64", 1).setContents(contents().addIntContents(1))),
        Reason.TENSOR_DTYPE_MISMATCH,
        "inputs[0].contents.int_contents");
    assertRefused(
        request(input("UINT8", 1).setContents(contents().addUintContents(256))),
        Reason.TENSOR_DTYPE_MISMATCH,
        "inputs[0].contents.uint_contents[0]",
        "got 256");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "fp32", "FLOAT", "DT_FP32", "FP32 ", "\u0000"})
  void anUnknownDatatype_isRefusedWithTheNamesThereAre(String datatype) {
    assertRefused(
        request(input(datatype, 1)),
        Reason.TENSOR_DTYPE_MISMATCH,
        "inputs[0].datatype",
        "BOOL, UINT8",
        "BYTES");
  }

  @Test
  void anEmptyVersion_meansTheLatest() {
    assertThat(decode(request()).version()).isEqualTo(VersionSelector.LATEST);
    assertThat(decode(request().setModelVersion("12")).version())
        .isEqualTo(new VersionSelector.ByNumber(12));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"abc", "-1", "0", "01", "1.5", " 1", "1 ", "+1", "9999999999999999999", "\u0661"})
  void aVersionThatIsNoNumber_isNotFound(String version) {
    Refusals.assertRefusedSaying(
        () -> decode(request().setModelVersion(version)),
        Reason.VERSION_NOT_FOUND,
        "'" + version + "'");
  }

  @Test
  void duplicateInputsAndOutputs_areRefused() {
    assertRefused(
        request(input("FP32", 0), input("FP32", 0)), Reason.TENSOR_DUPLICATE, "inputs[1].name");
    InferRequestedOutputTensor y = InferRequestedOutputTensor.newBuilder().setName("y").build();
    assertRefused(
        request().addOutputs(y).addOutputs(y), Reason.TENSOR_DUPLICATE, "outputs[1].name");
  }

  @Test
  void countsAboveTheirCaps_areRefused() {
    ModelInferRequest.Builder inputs = request();
    ModelInferRequest.Builder outputs = request();
    ModelInferRequest.Builder parameters = request();
    InferInputTensor.Builder ofInput = input("FP32", 0);
    for (int i = 0; i < 65; i++) {
      inputs.addInputs(input("FP32", 0).setName("i" + i));
      outputs.addOutputs(InferRequestedOutputTensor.newBuilder().setName("o" + i));
      parameters.putParameters("p" + i, InferParameter.getDefaultInstance());
      ofInput.putParameters("p" + i, InferParameter.getDefaultInstance());
    }
    assertRefused(inputs, Reason.TOO_MANY_TENSORS, "inputs");
    assertRefused(outputs, Reason.TOO_MANY_TENSORS, "outputs");
    assertRefused(parameters, Reason.PARAMETER_INVALID, "parameters");
    assertRefused(request(ofInput), Reason.PARAMETER_INVALID, "inputs[0].parameters");
  }

  @Test
  void parametersThatNobodyKnows_areIgnored() {
    InferParameter any = InferParameter.newBuilder().setUint64Param(-1).build();

    assertThat(decode(request(input("FP32", 0)).putParameters("triton_x", any)).inputs())
        .hasSize(1);
  }

  @Test
  void aResponse_isRawAndEchoesTheId() throws IOException {
    Tensor y = new Tensor("y", DataType.UINT8, Shape.of(2), ByteBuffer.wrap(new byte[] {1, 2}));
    Tensor z = new Tensor("z", DataType.BOOL, Shape.of(0), ByteBuffer.allocate(0));

    ModelInferResponse encoded =
        ModelInferResponse.parseFrom(
            InferReply.of(
                "call-7", new InferenceResponse(new ModelVersionId("iris", 3), List.of(y, z))));

    assertThat(encoded.getId()).isEqualTo("call-7");
    assertThat(encoded.getModelName()).isEqualTo("iris");
    assertThat(encoded.getModelVersion()).isEqualTo("3");
    assertThat(encoded.getOutputs(0).getDatatype()).isEqualTo("UINT8");
    assertThat(encoded.getOutputs(0).hasContents()).isFalse();
    assertThat(encoded.getRawOutputContentsList()).containsExactly(bytes(1, 2), ByteString.EMPTY);
  }

  /** Its values are not in the message, and its caller would read what the memory held before. */
  @Test
  void aTensorInSharedMemory_isRefusedByItsName() {
    InferParameter region = InferParameter.newBuilder().setStringParam("region").build();
    ModelInferRequest.Builder input =
        request(input("INT8", 1).putParameters("shared_memory_region", region));
    InferRequestedOutputTensor.Builder wanted =
        InferRequestedOutputTensor.newBuilder()
            .setName("y")
            .putParameters("shared_memory_region", region);
    ModelInferRequest.Builder output =
        request(input("INT8", 1)).addRawInputContents(bytes(1)).addOutputs(wanted);

    assertRefused(input, Reason.UNSUPPORTED_OPERATION, "inputs[0].parameters", "input 'x'");
    assertRefused(output, Reason.UNSUPPORTED_OPERATION, "outputs[0].parameters", "output 'y'");
  }
}
