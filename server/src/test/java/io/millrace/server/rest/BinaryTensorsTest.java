package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Infer bodies with the bytes of tensors behind their JSON. */
final class BinaryTensorsTest {
  private static ByteString bytes(String hexadecimal) {
    return ByteString.copyFrom(HexFormat.of().parseHex(hexadecimal));
  }

  private static InferBody read(String json, String hexadecimal) {
    ByteString head = ByteString.copyFromUtf8(json.replace('\'', '"'));
    return read(head.concat(bytes(hexadecimal)), Integer.toString(head.size()));
  }

  private static InferBody read(ByteString body, String headLength) {
    return InferReader.of(body, new HeadLength(headLength), 1 << 20).read();
  }

  private static String input(String fields) {
    return "{'inputs': [{" + fields + "}]}";
  }

  private static ByteString values(Tensor tensor) {
    return ByteString.copyFrom(tensor.data());
  }

  @ParameterizedTest
  @CsvSource({
    "BOOL, 0100",
    "UINT8, ff80",
    "INT16, 0080ff7f",
    "UINT64, ffffffffffffffff0000000000000080",
    "FP16, 003c00c0",
    "BF16, 803f00c0",
    "FP64, 000000000000f03f00000000000000c0",
    "BYTES, 04000000f09f988000000000"
  })
  void bytesBehindTheJson_areTheValuesOfTheirInput(DataType dtype, String hexadecimal) {
    String size = Integer.toString(hexadecimal.length() / 2);

    Tensor tensor =
        read(
                input(
                    "'parameters': {'binary_data_size': %s}, 'datatype': '%s', 'name': 'x', 'shape': [2]"
                        .formatted(size, dtype)),
                hexadecimal)
            .inputs()
            .get(0);

    assertThat(tensor.dtype()).isEqualTo(dtype);
    assertThat(tensor.shape()).isEqualTo(Shape.of(2));
    assertThat(values(tensor)).isEqualTo(bytes(hexadecimal));
  }

  @Test
  void inputsByJsonAndByBytes_mayBeMixed_andBytesComeInTheOrderOfTheirInputs() {
    InferBody body =
        read(
            "{'inputs': ["
                + "{'name': 'a', 'shape': [1], 'datatype': 'INT16', 'parameters': {'binary_data_size': 2}},"
                + "{'name': 'b', 'shape': [1], 'datatype': 'INT8', 'data': [7]},"
                + "{'name': 'c', 'shape': [0], 'datatype': 'FP32', 'parameters': {'binary_data_size': 0}},"
                + "{'name': 'd', 'shape': [1, 1], 'datatype': 'BYTES', 'parameters': {'binary_data_size': 6}}"
                + "]} ",
            "0201020000006869");

    assertThat(body.inputs()).extracting(Tensor::name).containsExactly("a", "b", "c", "d");
    assertThat(body.inputs().get(0).data().getShort()).isEqualTo((short) 0x0102);
    assertThat(body.inputs().get(1).data().get()).isEqualTo((byte) 7);
    assertThat(body.inputs().get(2).byteCount()).isZero();
    assertThat(BytesElements.decode(body.inputs().get(3).data(), 1).get(0))
        .asString()
        .isEqualTo("hi");
  }

  @Test
  void bytes_areAViewOfTheBody() {
    byte[] whole =
        "{\"inputs\": [{\"name\": \"x\", \"shape\": [1], \"datatype\": \"INT8\", \"parameters\": {\"binary_data_size\": 1}}]}\1"
            .getBytes(StandardCharsets.UTF_8);
    ByteString body = UnsafeByteOperations.unsafeWrap(whole);

    Tensor tensor = read(body, Integer.toString(whole.length - 1)).inputs().get(0);
    whole[whole.length - 1] = 5;

    assertThat(tensor.data().get()).isEqualTo((byte) 5);
  }

  @Test
  void jsonToTheEnd_needsNoBytes() {
    InferBody body = read(input("'name': 'x', 'shape': [1], 'datatype': 'INT8', 'data': [1]"), "");

    assertThat(body.inputs()).hasSize(1);
  }

  @Test
  void outputsAreWantedAsBytes_asTheCallSaysUnlessTheOutputSaysOtherwise() {
    WantedOutputs some =
        read(
                "{'inputs': [], 'parameters': {'binary_data_output': true}, 'outputs': [{'name': 'a'},"
                    + " {'name': 'b', 'parameters': {'binary_data': false}}]}",
                "")
            .outputs();
    WantedOutputs one =
        read(
                "{'inputs': [], 'outputs': [{'parameters': {'binary_data': true}, 'name': 'a'}, {'name': 'b'}]}",
                "")
            .outputs();

    assertThat(some.isBinary("a")).isTrue();
    assertThat(some.isBinary("b")).isFalse();
    assertThat(one.isBinary("a")).isTrue();
    assertThat(one.isBinary("b")).isFalse();
    assertThat(read("{'inputs': []}", "").outputs()).isEqualTo(WantedOutputs.ALL);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'shape': [2], 'datatype': 'INT16', 'parameters': {'binary_data_size': 4} | 00 | REQUEST_MALFORMED | of the 1 bytes behind the JSON 1 are left",
        "'shape': [2], 'datatype': 'INT16', 'parameters': {'binary_data_size': 4} | 0000000000 | REQUEST_MALFORMED | behind the JSON are 5 bytes, but all binary_data_size of its inputs make 4",
        "'shape': [2], 'datatype': 'INT16', 'data': [1, 2] | 00000000 | REQUEST_MALFORMED | behind the JSON are 4 bytes, but all binary_data_size of its inputs make 0",
        "'shape': [2], 'datatype': 'INT16', 'parameters': {'binary_data_size': 3} | 000000 | TENSOR_SIZE_MISMATCH | input 'x': INT16 [2] takes 4 bytes, got 3",
        "'shape': [2], 'datatype': 'INT16', 'parameters': {'binary_data_size': 4}, 'data': [1, 2] | 00000000 | REQUEST_MALFORMED | input 'x' has data and binary_data_size",
        "'data': [1, 2], 'shape': [2], 'datatype': 'INT16', 'parameters': {'binary_data_size': 4} | 00000000 | REQUEST_MALFORMED | input 'x' has data and binary_data_size",
        "'shape': [2], 'datatype': 'BOOL', 'parameters': {'binary_data_size': 2} | 0002 | REQUEST_MALFORMED | input 'x': byte 1 of a BOOL tensor is 0 or 1, got 2",
        "'shape': [2], 'datatype': 'BYTES', 'parameters': {'binary_data_size': 5} | 0100000061 | TENSOR_SIZE_MISMATCH | input 'x': element 1 of BYTES [2], of 2, goes beyond the end",
        "'shape': [1], 'datatype': 'BYTES', 'parameters': {'binary_data_size': 5} | ffffffff61 | TENSOR_SIZE_MISMATCH | input 'x': element 0 of BYTES [1]",
        "'shape': [1], 'datatype': 'BYTES', 'parameters': {'binary_data_size': 6} | 010000006162 | TENSOR_SIZE_MISMATCH | input 'x': the 1 elements of BYTES [1] take 5 bytes, got 6",
        "'shape': [2147483647, 2147483647, 2147483647], 'datatype': 'INT8', 'parameters': {'binary_data_size': 1} | 00 | TENSOR_SIZE_MISMATCH | input 'x': INT8 [2147483647, 2147483647, 2147483647] is more than one message can hold",
        "'shape': [2147483647, 2147483647, 2147483647], 'datatype': 'BYTES', 'parameters': {'binary_data_size': 4} | 00000000 | TENSOR_SIZE_MISMATCH | input 'x': element 1",
        "'shape': [2], 'datatype': 'INT8', 'parameters': {'binary_data_size': -2} | 0000 | PARAMETER_INVALID | binary_data_size of inputs[0].parameters is '-2'",
        "'shape': [2], 'datatype': 'INT8', 'parameters': {'binary_data_size': 2.0} | 0000 | PARAMETER_INVALID | '2.0'; it is a number of bytes",
        "'shape': [2], 'datatype': 'INT8', 'parameters': {'binary_data_size': '2'} | 0000 | PARAMETER_INVALID | '2'",
        "'shape': [2], 'datatype': 'INT8', 'parameters': {'binary_data_size': null} | 0000 | PARAMETER_INVALID | 'null'",
        "'shape': [2], 'datatype': 'INT8', 'parameters': {'binary_data_size': 99999999999999999999} | 0000 | REQUEST_MALFORMED | input 'x': binary_data_size is 9223372036854775807",
        "'shape': [2], 'datatype': 'INT8', 'parameters': {'shared_memory_region': 'r'} | 0000 | UNSUPPORTED_OPERATION | shared_memory_region of inputs[0].parameters is not supported",
        "'shape': [2], 'datatype': 'INT8' | 0000 | REQUEST_MALFORMED | or the parameter binary_data_size instead of data",
        "'datatype': 'INT8', 'parameters': {'binary_data_size': 2} | 0000 | REQUEST_MALFORMED | inputs[0] has no shape",
        "'shape': [2], 'parameters': {'binary_data_size': 2} | 0000 | REQUEST_MALFORMED | inputs[0] has no datatype",
        "'shape': [-1], 'datatype': 'INT8', 'parameters': {'binary_data_size': 2} | 0000 | TENSOR_SHAPE_MISMATCH | inputs[0].shape",
      })
  void anInputThatItsBytesDoNotFit_isRefusedByName(
      String fields, String hexadecimal, Reason reason, String words) {
    ServingException refusal =
        catchThrowableOfType(
            ServingException.class, () -> read(input("'name': 'x', " + fields), hexadecimal));

    assertThat(refusal).hasMessageContaining(words);
    assertThat(refusal.reason()).isEqualTo(reason);
    assertThat(refusal.violations()).isNotEmpty();
  }

  @Test
  void bytesOfAnInput_withoutTheHeader_areRefusedWithItsName() {
    ServingException refusal =
        catchThrowableOfType(
            ServingException.class,
            () ->
                read(
                    ByteString.copyFromUtf8(
                        input(
                                "'name': 'x', 'shape': [1], 'datatype': 'INT8', 'parameters': {'binary_data_size': 1}")
                            .replace('\'', '"')),
                    ""));

    assertThat(refusal)
        .hasMessage(
            "input 'x' has binary_data_size, but the request has no header"
                + " Inference-Header-Content-Length to say where its bytes begin");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "+3", "abc", "1.5", "0x10", "3 4", "12345678901", "\u0663"})
  void aHeaderThatIsNoNumber_isRefused(String header) {
    ServingException refusal =
        catchThrowableOfType(
            ServingException.class, () -> read(ByteString.copyFromUtf8("{}"), header));

    assertThat(refusal)
        .hasMessageStartingWith("Inference-Header-Content-Length is '" + header + "'");
    assertThat(refusal.reason()).isEqualTo(Reason.REQUEST_MALFORMED);
  }

  @Test
  void aHeaderBeyondTheBody_isRefusedWithBothNumbers() {
    ServingException refusal =
        catchThrowableOfType(
            ServingException.class, () -> read(ByteString.copyFromUtf8("{}"), "3"));

    assertThat(refusal).hasMessageContaining("3 bytes are JSON, but the body has 2");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void aHeaderThatEndsBeforeTheJsonDoesOrAfter_isRefused(int off) {
    String json =
        input(
                "'name': 'x', 'shape': [2], 'datatype': 'INT8', 'parameters': {'binary_data_size': 2}")
            .replace('\'', '"');
    ByteString body = ByteString.copyFromUtf8(json + "\1\1");
    assertThat(read(body, Integer.toString(json.length())).inputs()).hasSize(1);

    ServingException refusal =
        catchThrowableOfType(
            ServingException.class, () -> read(body, Integer.toString(json.length() + off)));

    assertThat(refusal.reason()).isEqualTo(Reason.REQUEST_MALFORMED);
  }

  @ParameterizedTest
  @CsvSource({
    "'', 100, 100",
    "0, 100, 100",
    "40, 100, 40",
    "400, 100, 100",
    "x, 100, 0",
    "-1, 9, 0"
  })
  void theTextOfABody_isWhatTheHeaderSays(String header, int bytes, int text) {
    assertThat(new HeadLength(header).textBytes(bytes)).isEqualTo(text);
  }

  @Test
  void zero_isARawBody() {
    assertThat(new HeadLength("0").isZero()).isTrue();
    assertThat(new HeadLength("00").isZero()).isTrue();
    assertThat(new HeadLength("").isZero()).isFalse();
    assertThat(new HeadLength("x").isZero()).isFalse();
  }
}
