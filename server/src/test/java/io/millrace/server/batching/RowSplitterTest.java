package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RowSplitterTest {
  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void numbers_areCutByTheirSize() {
    ByteBuffer data = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    for (short i = 1; i <= 6; i++) {
      data.putShort(i);
    }
    Tensor whole = new Tensor("y", DataType.INT16, Shape.of(3, 2), data.flip());

    List<Tensor> parts = RowSplitter.split(whole, new long[] {1L, 2L});

    assertThat(parts).extracting(Tensor::shape).containsExactly(Shape.of(1, 2), Shape.of(2, 2));
    assertThat(parts.get(0).data().getShort(2)).isEqualTo((short) 2);
    assertThat(parts.get(1).data().getShort(0)).isEqualTo((short) 3);
    assertThat(parts.get(1).data().getShort(6)).isEqualTo((short) 6);
  }

  @Test
  void strings_areCutByTheirLengths() {
    ByteBuffer data =
        BytesElements.encode(
            List.of(text("a"), text(""), text("ccc"), text("dd"), text("e"), text("")));
    Tensor whole = new Tensor("y", DataType.BYTES, Shape.of(3, 2), data);

    List<Tensor> parts = RowSplitter.split(whole, new long[] {2L, 1L});

    assertThat(BytesElements.decode(parts.get(0).data(), 4))
        .containsExactly(text("a"), text(""), text("ccc"), text("dd"));
    assertThat(BytesElements.decode(parts.get(1).data(), 2)).containsExactly(text("e"), text(""));
  }

  @Test
  void rowsWithoutElements_areEmpty() {
    Tensor whole = new Tensor("y", DataType.FP32, Shape.of(2, 0), ByteBuffer.allocate(0));

    assertThat(RowSplitter.split(whole, new long[] {1L, 1L}))
        .extracting(Tensor::shape)
        .containsExactly(Shape.of(1, 0), Shape.of(1, 0));
  }
}
