package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Infer with tensors as bytes, at the door: the header of the request and of the answer. */
final class BinaryInferTest {
  private static final Metadata.Key<String> HEAD_LENGTH =
      Metadata.Key.of("inference-header-content-length", Metadata.ASCII_STRING_MARSHALLER);

  private static final Map<String, Signature> MODELS =
      Map.of(
          "mixed",
          new Signature(
              List.of(
                  TensorSpec.of("a", DataType.FP32, -1), TensorSpec.of("b", DataType.BYTES, -1)),
              List.of(
                  TensorSpec.of("y", DataType.FP32, -1), TensorSpec.of("z", DataType.BYTES, -1))),
          "half",
          new Signature(
              List.of(TensorSpec.of("x", DataType.FP16, -1)),
              List.of(TensorSpec.of("y", DataType.FP16, -1))),
          "wide",
          new Signature(
              List.of(TensorSpec.of("x", DataType.FP16, 1, -1)),
              List.of(TensorSpec.of("y", DataType.FP16, 1, -1))),
          "scores",
          new Signature(
              List.of(TensorSpec.of("x", DataType.FP32, -1, 3)),
              List.of(
                  TensorSpec.of("y", DataType.FP32, -1, 3),
                  TensorSpec.of("z", DataType.FP32, -1, 3))));

  private final Queue<Runnable> handedOver = new ConcurrentLinkedQueue<>();
  private final RunningRest rest =
      new RunningRest(
          MODELS,
          work -> {
            handedOver.add(work);
            work.run();
          });

  @AfterEach
  void stop() {
    rest.close();
  }

  /** An answer, cut where its header says. */
  private record Answer(String type, String headLength, ByteString body) {
    String json() {
      return body.substring(0, Integer.parseInt(headLength)).toStringUtf8();
    }

    ByteString tensors() {
      return body.substring(Integer.parseInt(headLength));
    }
  }

  private static ByteString bytes(String hexadecimal) {
    return ByteString.copyFrom(HexFormat.of().parseHex(hexadecimal));
  }

  private Answer infer(String model, String json, ByteString tensors) {
    ByteString head = ByteString.copyFromUtf8(json.replace('\'', '"'));
    return send(model, Integer.toString(head.size()), head.concat(tensors));
  }

  private Answer send(String model, String headLength, ByteString body) {
    AtomicReference<Metadata> headers = new AtomicReference<>(new Metadata());
    HttpBody answer =
        rest.stub("inference-header-content-length", headLength)
            .withInterceptors(
                MetadataUtils.newCaptureMetadataInterceptor(headers, new AtomicReference<>()))
            .v2ModelInfer(RunningRest.request(model, "application/octet-stream", body));
    String length = Objects.requireNonNull(headers.get()).get(HEAD_LENGTH);
    return new Answer(answer.getContentType(), length == null ? "" : length, answer.getData());
  }

  private static String mixed(String rest) {
    return "{'id': '7', 'inputs': [{'name': 'b', 'shape': [1], 'datatype': 'BYTES', 'data':"
        + " ['hi']}, {'name': 'a', 'shape': [2], 'datatype': 'FP32', 'parameters':"
        + " {'binary_data_size': 8}}]"
        + rest
        + "}";
  }

  private static final ByteString FLOATS = bytes("0000803f00000040");

  @Test
  void outputsInBothForms_comeAsEachWasAskedFor() {
    Answer answer =
        infer(
            "mixed",
            mixed(
                ", 'outputs': [{'name': 'z', 'parameters': {'binary_data': true}}, {'name': 'y'}]"),
            FLOATS);

    assertThat(answer.type()).isEqualTo("application/octet-stream");
    assertThat(CanonicalJson.of(answer.json()))
        .isEqualTo(
            CanonicalJson.of(
                """
                {"model_name": "mixed", "model_version": "1", "id": "7", "outputs": [
                  {"name": "y", "datatype": "FP32", "shape": [2], "data": [1.0, 2.0]},
                  {"name": "z", "datatype": "BYTES", "shape": [1],
                   "parameters": {"binary_data_size": 6}}]}
                """));
    assertThat(answer.tensors()).isEqualTo(bytes("020000006869"));
  }

  /** The scores 1, 2 and 0.5, twice. */
  private Answer named(String wanted) {
    return infer(
        "scores",
        "{'inputs': [{'name': 'x', 'shape': [2, 3], 'datatype': 'FP32', 'parameters':"
            + " {'binary_data_size': 24}}], "
            + wanted
            + "}",
        FLOATS.concat(bytes("0000003f")).concat(FLOATS).concat(bytes("0000003f")));
  }

  /** One element of the wire form of BYTES. */
  private static ByteString element(String text) {
    return bytes("%02x000000".formatted(text.length())).concat(ByteString.copyFromUtf8(text));
  }

  @Test
  void classesByName_comeAsBytesToo_besideOtherOutputs() {
    ByteString first = element("2.000000:1");
    ByteString second = element("1.000000:0");

    Answer answer =
        named(
            "'outputs': [{'name': 'y', 'parameters': {'classification': 2, 'binary_data': true}},"
                + " {'name': 'z', 'parameters': {'classification': 1}}]");

    assertThat(CanonicalJson.of(answer.json()))
        .isEqualTo(
            CanonicalJson.of(
                """
                {"model_name": "scores", "model_version": "1", "outputs": [
                  {"name": "y", "datatype": "BYTES", "shape": [2, 2],
                   "parameters": {"binary_data_size": 56}},
                  {"name": "z", "datatype": "BYTES", "shape": [2, 1],
                   "data": ["2.000000:1", "2.000000:1"]}]}
                """));
    assertThat(answer.tensors()).isEqualTo(first.concat(second).concat(first).concat(second));
  }

  @Test
  void classesByName_comeAsBytesWhereAllOutputsDo() {
    Answer answer =
        named(
            "'parameters': {'binary_data_output': true},"
                + " 'outputs': [{'name': 'z', 'parameters': {'classification': 1}}, {'name': 'y'}]");

    // The model's own order is that of its answer here.
    assertThat(answer.json())
        .contains(
            "\"datatype\":\"FP32\",\"shape\":[2,3]", "\"datatype\":\"BYTES\",\"shape\":[2,1]");
    assertThat(answer.tensors().substring(24))
        .isEqualTo(element("2.000000:1").concat(element("2.000000:1")));
  }

  @Test
  void allOutputsAsBytes_comeInTheOrderOfTheJson() {
    Answer answer = infer("mixed", mixed(", 'parameters': {'binary_data_output': true}"), FLOATS);

    assertThat(answer.json()).contains("\"binary_data_size\":8", "\"binary_data_size\":6");
    assertThat(answer.tensors()).isEqualTo(FLOATS.concat(bytes("020000006869")));
  }

  @Test
  void noOutputAsBytes_isAnsweredInJsonWithoutTheHeader() {
    Answer answer = infer("mixed", mixed(""), FLOATS);

    assertThat(answer.type()).isEqualTo("application/json");
    assertThat(answer.headLength()).isEmpty();
    assertThat(answer.body().toStringUtf8()).contains("\"data\":[1.0,2.0]");
  }

  @Test
  void halfFloats_whichHaveNoFormInJson_comeAndGoAsBytes() {
    String input =
        "{'inputs': [{'name': 'x', 'shape': [2], 'datatype': 'FP16', 'parameters':"
            + " {'binary_data_size': 4}}], 'parameters': {'binary_data_output': %s}}";

    assertThat(infer("half", input.formatted("true"), bytes("003c00c0")).tensors())
        .isEqualTo(bytes("003c00c0"));
    ByteString head = ByteString.copyFromUtf8(input.formatted("false").replace('\'', '"'));
    RunningRest.End end =
        RunningRest.failed(
            () ->
                rest.stub("inference-header-content-length", Integer.toString(head.size()))
                    .v2ModelInfer(RunningRest.request("half", "", head.concat(bytes("003c00c0")))));
    assertThat(end.reason()).isEqualTo("UNSUPPORTED_OPERATION");
    assertThat(end.message()).contains("'y' is FP16", "binary_data: true");
  }

  @Test
  void aRawBody_isTheOneInput_andItsAnswerIsBytes() {
    // The bytes are those that gzip begins with.
    Answer answer = send("half", "0", bytes("1f8b00c0"));

    assertThat(answer.json()).contains("\"shape\":[2]", "\"binary_data_size\":4");
    assertThat(answer.tensors()).isEqualTo(bytes("1f8b00c0"));
  }

  @Test
  void aRawBodyOfNothing_isRefused_forItWasLostRatherThanMeant() {
    RunningRest.End end =
        RunningRest.failed(
            () ->
                rest.stub("inference-header-content-length", "0")
                    .v2ModelInfer(RunningRest.request("half", "", ByteString.EMPTY)));

    assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
    assertThat(end.message()).startsWith("the body is empty; send the values of a tensor.");
  }

  @Test
  void manyBytesBehindLittleText_areNotHandedToTheWorkers() {
    int size = 4 * RestMethods.QUICK_BYTES;

    Answer answer =
        infer(
            "wide",
            ("{'inputs': [{'name': 'x', 'shape': [1, %d], 'datatype': 'FP16', 'parameters':"
                    + " {'binary_data_size': %d}}], 'parameters': {'binary_data_output': true}}")
                .formatted(size / 2, size),
            ByteString.copyFrom(new byte[size]));

    assertThat(answer.tensors().size()).isEqualTo(size);
    assertThat(handedOver).isEmpty();
  }

  @Test
  void anAnswerAboveTheLimit_isRefused() {
    byte[] nearlyAll = new byte[RunningRest.MAX_BYTES - 20];

    RunningRest.End end =
        RunningRest.failed(
            () ->
                rest.stub("inference-header-content-length", "0")
                    .v2ModelInfer(RunningRest.request("wide", "", ByteString.copyFrom(nearlyAll))));

    assertThat(end.reason()).isEqualTo("MESSAGE_TOO_LARGE");
    assertThat(end.metadata()).containsEntry("limitBytes", "" + RunningRest.MAX_BYTES);
  }

  @Test
  void aHeaderThatIsNoNumber_isRefusedByName() {
    RunningRest.End end =
        RunningRest.failed(
            () ->
                rest.stub("inference-header-content-length", "many")
                    .v2ModelInfer(RunningRest.request("half", "{}")));

    assertThat(end.code()).isEqualTo("INVALID_ARGUMENT");
    assertThat(end.message()).contains("Inference-Header-Content-Length is 'many'");
  }
}
