package io.millrace.server.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.JsonFormat;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelMetadataResponse;
import io.millrace.openinference.ModelMetadataResponse.TensorMetadata;
import io.millrace.server.model.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** From what is known of a model, or was written by hand, to bytes on the wire. */
final class RequestsTest {
  @TempDir private Path temp;

  private static final ModelSpec SPEC = ModelSpec.newBuilder().setName("m").setVersion(3).build();

  @ParameterizedTest
  @EnumSource(DataType.class)
  void randomValues_fitTheModel_andGoByAllProtocols(DataType dtype) throws Exception {
    List<PredictRequest> requests = random(4, Map.of(), input("x", dtype.name(), -1, 3));

    assertThat(requests).hasSize(8).doesNotHaveDuplicates();
    for (PredictRequest request : requests) {
      Tensor tensor = request.getInputs(0);
      assertThat(tensor.getShapeList()).containsExactly(4L, 3L);
      assertThat(tensor.getRaw().size())
          .isEqualTo(12 * (dtype.isFixedSize() ? dtype.byteSize() : 20));
      for (Protocol protocol : Protocol.values()) {
        assertThat(RequestBytes.of(request, protocol)).isNotEmpty();
      }
    }
  }

  @Test
  void openSizes_areTheRowsFirst_thenOne_unlessGiven() throws Exception {
    TensorMetadata open = input("x", "FP32", -1, -1, 2);

    assertThat(random(5, Map.of(), open).get(0).getInputs(0).getShapeList())
        .containsExactly(5L, 1L, 2L);
    assertThat(random(5, Map.of("x", List.of(7L, 9L, 2L)), open).get(0).getInputs(0).getShapeList())
        .containsExactly(7L, 9L, 2L);
  }

  @Test
  void wishesThatDoNotFitTheModel_areRefusedInOneLine() {
    TensorMetadata fixed = input("x\n", "FP32", 2, 2);

    assertThatThrownBy(() -> random(5, Map.of(), fixed))
        .isInstanceOf(BenchException.class)
        .hasMessage("--rows: input 'x\\u{a}' has the shape [2, 2], whose first size is fixed");
    assertThatThrownBy(() -> random(1, Map.of("y", List.of(1L)), input("x", "FP32", 2)))
        .hasMessage("--shape: the model has no input 'y'; its inputs are [x]");
    assertThatThrownBy(() -> random(1, Map.of("x", List.of(999_999_999L)), input("x", "FP32", -1)))
        .hasMessageContaining("takes more than 256 MiB");
    assertThatThrownBy(() -> random(1, Map.of(), input("x", "INT4", 1)))
        .hasMessageContaining("'INT4', which this client does not know");
  }

  @Test
  void typedValues_becomeRawForModelInfer_andNestedForPredict() throws Exception {
    PredictRequest request =
        parse(
            """
            {"inputs": [
              {"name": "a", "dtype": "DT_INT16", "shape": [2, 1], "int_val": [-2, 300]},
              {"name": "b", "dtype": "DT_BYTES", "shape": [], "bytes_val": ["/w=="]}]}
            """);

    ModelInferRequest infer = ModelInferRequest.parseFrom(RequestBytes.of(request, Protocol.INFER));
    assertThat(infer.getInputs(0).getDatatype()).isEqualTo("INT16");
    assertThat(infer.getRawInputContentsList())
        .containsExactly(bytes(0xfe, 0xff, 0x2c, 0x01), bytes(1, 0, 0, 0, 0xff));
    assertThat(text(request, Protocol.REST))
        .isEqualTo("{\"inputs\":{\"a\":[[-2],[300]],\"b\":{\"b64\":\"/w==\"}}}");
  }

  @Test
  void inferBody_isFlat() throws Exception {
    PredictRequest request =
        parse(
            "{\"inputs\": [{\"name\": \"a\", \"dtype\": \"DT_FP32\", \"shape\": [1, 2], \"fp32_val\": [0.5, 2]}]}");

    assertThat(text(request, Protocol.REST_INFER))
        .isEqualTo(
            "{\"inputs\":[{\"name\":\"a\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[0.5,2.0]}]}");
    assertThat(text(request, Protocol.REST)).isEqualTo("{\"inputs\":[[0.5,2.0]]}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          REST       | {"instances": [[1, 2], [3, 4], [5, 6]]}                           | 3
          REST       | {"signature_name": {"x": [0]}, "inputs": {"a": [[1], [2]], "b": 1}} | 2
          REST       | {"inputs": [[1], [2], [3], [4]]}                                  | 4
          REST       | {"inputs": 5}                                                     | 1
          REST_INFER | {"id": "x", "inputs": [{"name": "a", "shape": [7, 2], "data": []}]} | 7
          """)
  void bodyOfRest_isSentAsItIs_andItsRowsAreCounted(Protocol protocol, String json, long rows)
      throws Exception {
    Path file = Files.writeString(temp.resolve("body.json"), json);

    assertThat(GivenInputs.read(file, protocol)).isEqualTo(new Inputs.Body(json, rows));
  }

  @Test
  void messageForGrpc_goesByEachProtocol() throws Exception {
    Path file =
        Files.writeString(temp.resolve("request.json"), "{\"model_spec\": {\"name\": \"iris\"}}");

    for (Protocol protocol : Protocol.values()) {
      assertThat(GivenInputs.read(file, protocol)).isInstanceOf(Inputs.Given.class);
    }
  }

  @Test
  void fileThatFitsNoProtocol_isRefusedWithWhatItShouldBe() throws Exception {
    Path body = Files.writeString(temp.resolve("body.json"), "{\"instances\": [1]}");
    Path list = Files.writeString(temp.resolve("list.json"), "[1]");
    Path half = Files.writeString(temp.resolve("half.json"), "{\"instances\": [1,");

    assertThatThrownBy(() -> GivenInputs.read(body, Protocol.PREDICT))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("a body of REST goes by --protocol rest");
    assertThatThrownBy(() -> GivenInputs.read(list, Protocol.REST))
        .hasMessageEndingWith("holds no JSON object");
    assertThatThrownBy(() -> GivenInputs.read(half, Protocol.REST))
        .hasMessageContaining("is no JSON");
  }

  @Test
  void valuesThatDoNotFitTheirShape_areRefused() throws Exception {
    PredictRequest request =
        parse(
            "{\"inputs\": [{\"name\": \"a\", \"dtype\": \"DT_FP32\", \"shape\": [3], \"fp32_val\": [1]}]}");

    assertThatThrownBy(() -> RequestBytes.of(request, Protocol.REST))
        .isInstanceOf(BenchException.class)
        .hasMessage("input 'a': the shape [3] does not fit the number of values");
  }

  @Test
  void samples_ofTheRepository_areRequests() throws Exception {
    Path samples = Path.of("../model-repo/sentiment/samples");

    assertThat(GivenInputs.read(samples.resolve("request.json"), Protocol.PREDICT))
        .isInstanceOfSatisfying(
            Inputs.Given.class,
            given -> assertThat(given.requests().get(0).getInputsCount()).isOne());
    assertThat(GivenInputs.read(samples.resolve("predict.json"), Protocol.REST))
        .isInstanceOfSatisfying(Inputs.Body.class, body -> assertThat(body.rows()).isEqualTo(2));
    assertThatThrownBy(() -> GivenInputs.read(Path.of("../README.md"), Protocol.PREDICT))
        .isInstanceOf(BenchException.class)
        .hasMessageStartingWith("--input: ../README.md is no millrace.v1.PredictRequest in JSON");
  }

  private static List<PredictRequest> random(
      int rows, Map<String, List<Long>> shapes, TensorMetadata... inputs) throws BenchException {
    ModelMetadataResponse model =
        ModelMetadataResponse.newBuilder().addAllInputs(List.of(inputs)).build();
    return new RandomInputs(new Inputs.Random(rows, shapes), new SplittableRandom(1))
        .requests(SPEC, model);
  }

  private static TensorMetadata input(String name, String datatype, long... shape) {
    TensorMetadata.Builder input = TensorMetadata.newBuilder().setName(name).setDatatype(datatype);
    for (long size : shape) {
      input.addShape(size);
    }
    return input.build();
  }

  private static PredictRequest parse(String json) throws Exception {
    PredictRequest.Builder request = PredictRequest.newBuilder().setModelSpec(SPEC);
    JsonFormat.parser().merge(json, request);
    return request.build();
  }

  private static ByteString bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return ByteString.copyFrom(bytes);
  }

  private static String text(PredictRequest request, Protocol protocol) throws BenchException {
    return new String(RequestBytes.of(request, protocol), UTF_8);
  }
}
