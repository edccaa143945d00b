package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NpyContentTest {
  private static final TensorSpec X = TensorSpec.of("x", DataType.FP32, -1, -1);
  private static final String HEADER =
      "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n";

  private static Tensor read(ByteString file) {
    return NpyContent.read(Content.ofBody(ContentKind.NPY, file), X);
  }

  private static ServingException refusal(ByteString file) {
    return catchThrowableOfType(ServingException.class, () -> read(file));
  }

  private static byte[] bytes(Tensor tensor) {
    byte[] bytes = new byte[tensor.byteCount()];
    tensor.data().get(bytes);
    return bytes;
  }

  @ParameterizedTest
  @CsvSource({
    "|b1, BOOL", "|u1, UINT8", "<u2, UINT16", "<u4, UINT32", "<u8, UINT64", "|i1, INT8",
    "<i2, INT16", "<i4, INT32", "<i8, INT64", "<f2, FP16", "<f4, FP32", "<f8, FP64",
  })
  void eachTypeThatBothHave_isRead(String descr, DataType dtype) {
    byte[] values = new byte[2 * dtype.byteSize()];
    values[values.length - 1] = 1;

    Tensor tensor = read(NpyFile.of(descr, false, "(2,)", values));

    assertThat(tensor.name()).isEqualTo("x");
    assertThat(tensor.dtype()).isEqualTo(dtype);
    assertThat(tensor.shape()).isEqualTo(Shape.of(2));
    assertThat(bytes(tensor)).isEqualTo(values);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void eachVersion_isRead(int version) {
    assertThat(bytes(read(NpyFile.of(version, HEADER, new byte[] {4, 5})))).containsExactly(4, 5);
  }

  @Test
  void bytesInTheOtherOrder_areTurned() {
    assertThat(bytes(read(NpyFile.of(">i2", false, "(2,)", new byte[] {1, 2, 3, 4}))))
        .containsExactly(2, 1, 4, 3);
    assertThat(bytes(read(NpyFile.of(">i4", false, "(1,)", new byte[] {1, 2, 3, 4}))))
        .containsExactly(4, 3, 2, 1);
    assertThat(bytes(read(NpyFile.of(">i8", false, "()", new byte[] {1, 2, 3, 4, 5, 6, 7, 8}))))
        .containsExactly(8, 7, 6, 5, 4, 3, 2, 1);
  }

  @Test
  void columns_becomeRows() {
    // [[1, 2, 3], [4, 5, 6]] column by column.
    assertThat(bytes(read(NpyFile.of("|u1", true, "(2, 3)", new byte[] {1, 4, 2, 5, 3, 6}))))
        .containsExactly(1, 2, 3, 4, 5, 6);
    // numpy.arange(8).reshape(2, 2, 2), in both orders at once.
    assertThat(
            bytes(
                read(
                    NpyFile.of(
                        ">u2",
                        true,
                        "(2, 2, 2)",
                        new byte[] {0, 0, 0, 4, 0, 2, 0, 6, 0, 1, 0, 5, 0, 3, 0, 7}))))
        .containsExactly(0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0);
  }

  @Test
  void scalarsAndNothing_haveShapesToo() {
    assertThat(read(NpyFile.of("|u1", false, "()", (byte) 7)).shape()).isEqualTo(Shape.of());
    assertThat(read(NpyFile.of("<f4", true, "(0, 3)")).shape()).isEqualTo(Shape.of(0, 3));
  }

  @ParameterizedTest
  @CsvSource({
    "|O, pickles",
    "|S5, taken are",
    "<U3, taken are",
    "<c8, taken are",
    "<f16, taken are"
  })
  void otherTypes_areRefused(String descr, String words) {
    ServingException refusal = refusal(NpyFile.of(descr, false, "(0,)"));

    assertThat(refusal.reason()).isEqualTo(Reason.TENSOR_DTYPE_MISMATCH);
    assertThat(refusal).hasMessageContaining(descr).hasMessageContaining(words);
  }

  @Test
  void valuesThatAreNotAsManyAsTheShapeSays_areRefused() {
    ServingException refusal = refusal(NpyFile.of("<f4", false, "(2, 3)", new byte[23]));

    assertThat(refusal.reason()).isEqualTo(Reason.TENSOR_SIZE_MISMATCH);
    assertThat(refusal).hasMessageContaining("FP32 [2, 3] takes 24 bytes, got 23");
    assertThat(refusal(NpyFile.of("|b1", false, "(1,)", (byte) 2)))
        .hasMessageContaining("byte 0 of a BOOL tensor is 0 or 1, got 2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "{'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} + 1",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2.5,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9999999, 9999999, 9999999)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 'x'}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': True}",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}",
        "{'descr': __import__('os'), 'fortran_order': False, 'shape': (2,)}"
      })
  void aHeaderThatIsNone_isRefused(String header) {
    ServingException refusal = refusal(NpyFile.of(1, header, new byte[8]));

    assertThat(refusal.reason()).isEqualTo(Reason.REQUEST_MALFORMED);
    assertThat(refusal).hasMessageStartingWith("body: this is no npy file: its ");
  }

  @Test
  void aFileThatIsCut_isRefusedAtEachByte() {
    ByteString whole = NpyFile.of(2, HEADER, new byte[] {4, 5});
    for (int length = 0; length < whole.size(); length++) {
      assertThat(refusal(whole.substring(0, length))).as("%d bytes", length).isNotNull();
    }
    assertThat(refusal(NpyFile.of(4, HEADER, new byte[2]))).hasMessageContaining("version 4");
  }

  @Test
  void anAnswer_isReadAsItWasWritten() {
    Tensor tensor = read(NpyFile.of(">f4", true, "(2, 3)", new byte[24]));
    ByteString written = new NpyAnswer(new JsonAnswer(1_000)).write(tensor).getData();

    Tensor again = read(written);

    assertThat(again.shape()).isEqualTo(tensor.shape());
    assertThat(again.dtype()).isEqualTo(tensor.dtype());
    assertThat(written.size()).isEqualTo(128 + 24);
    assertThat(written.substring(0, 128).toStringUtf8())
        .contains("NUMPY", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }")
        .endsWith(" \n");
  }
}
