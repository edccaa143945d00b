package io.millrace.server.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.millrace.server.model.DataType;
import io.millrace.server.model.RawValues;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionSelector;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of requests in the one form that encoders write. Whatever else protobuf allows,
 * and whatever our rules do not, is {@link Unusual}: the generated classes and their codec know
 * what it means, or what is wrong with it. Confined to one thread.
 *
 * <p>Event loops read requests of any size so, and must be done soon: a request of more fields than
 * any caller needs, or with a long text, is unusual too.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">the encoding</a>
 */
final class PlainFields {
  static final int VARINT = WireFormat.WIRETYPE_VARINT;
  static final int BYTES = WireFormat.WIRETYPE_LENGTH_DELIMITED;
  static final int FIXED64 = WireFormat.WIRETYPE_FIXED64;

  /** A tag is a field's number and, in so many bits, how it is written. */
  static final int TYPE_BITS = 3;

  /** Many times those of the largest request that anybody means. */
  private static final int MAX_FIELDS = 4_096;

  /** Stands for the paths of fields, which only errors tell: those are told by the codec. */
  private static final String UNTOLD = "";

  private static final long[] SCALAR = {};
  private static final ByteBuffer NOTHING =
      ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN).asReadOnlyBuffer();

  private final ByteBuffer bytes;
  private final CodedInputStream in;
  private final long[] sizes = new long[Shape.MAX_RANK];
  private int fields;

  /** Leaves the buffer as it is. */
  PlainFields(ByteBuffer bytes) {
    this.bytes = bytes.slice();
    this.in = CodedInputStream.newInstance(bytes);
  }

  /** The request is not in the usual form. It is no failure, so it has no stack. */
  static final class Unusual extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private Unusual() {
      super(null, null, false, false);
    }
  }

  static Unusual unusual() {
    return new Unusual();
  }

  static void require(boolean isUsual) {
    if (!isUsual) {
      throw unusual();
    }
  }

  /** Adds one of a few: a list grows no longer than what is refused afterwards anyway. */
  static <T> void add(List<T> list, T element) {
    require(list.size() < RequestFields.MAX_TENSORS);
    list.add(element);
  }

  /** The next tag of the message that is being read; 0 at its end. */
  int tag() throws IOException {
    require(++fields <= MAX_FIELDS);
    return in.readTag();
  }

  long number() throws IOException {
    return in.readRawVarint64();
  }

  /** Passes over a number that takes eight bytes, whatever its value. */
  void skipFixed64() throws IOException {
    in.skipRawBytes(Long.BYTES);
  }

  String text() throws IOException {
    require(isShortText(in.getTotalBytesRead()));
    return in.readStringRequireUtf8();
  }

  /** Whether the length that stands there, with seven bits in a byte, takes no more than two. */
  private boolean isShortText(int at) {
    return at + 2 > bytes.limit() || bytes.get(at) >= 0 || bytes.get(at + 1) >= 0;
  }

  /** A text that was not there before; of two the last would count. */
  String text(@Nullable String before) throws IOException {
    require(before == null);
    return text();
  }

  /** Goes into a message; what it gives is for {@link #leave}. */
  int enter() throws IOException {
    return in.pushLimit(in.readRawVarint32());
  }

  /** How much of the message that is being read is left. */
  int left() {
    return in.getBytesUntilLimit();
  }

  /** Goes back to the message around the one that has been read. */
  void leave(int outer) {
    in.popLimit(outer);
  }

  /** Bytes that were not there before, as a little-endian view that begins at 0. */
  ByteBuffer bytes(@Nullable ByteBuffer before) throws IOException {
    require(before == null);
    int length = in.readRawVarint32();
    int from = in.getTotalBytesRead();
    in.skipRawBytes(length);
    return bytes.slice(from, length).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The sizes of a tensor, which come as one packed list. */
  long[] sizes(long @Nullable [] before) throws IOException {
    require(before == null);
    int outer = enter();
    int rank = 0;
    while (left() > 0) {
      require(rank < sizes.length);
      sizes[rank++] = number();
    }
    leave(outer);
    return Arrays.copyOf(sizes, rank);
  }

  /** The tensor that its parts make; without values it has no elements. */
  static Tensor tensor(
      @Nullable String name,
      @Nullable DataType dtype,
      long @Nullable [] sizes,
      @Nullable ByteBuffer values) {
    if (name == null || dtype == null) {
      throw unusual();
    }
    long[] given = sizes == null ? SCALAR : sizes;
    Shape shape = TensorShapes.decode(UNTOLD, dtype, given.length, i -> given[i]);
    ByteBuffer data = values == null ? NOTHING : values;
    RawValues.check(UNTOLD, dtype, shape, data);
    return new Tensor(name, dtype, shape, data);
  }

  /** The request that its parts make, by the rules that hold for all. */
  static PlainRequest request(
      @Nullable String id,
      @Nullable String model,
      VersionSelector version,
      List<Tensor> inputs,
      List<String> outputs) {
    if (model == null) {
      throw unusual();
    }
    String known = id == null ? "" : id;
    RequestFields.checkId(known);
    RequestFields.checkTensorCount(UNTOLD, inputs.size());
    RequestFields.checkTensorCount(UNTOLD, outputs.size());
    RequestFields.checkTensorNames(UNTOLD, outputs);
    for (int i = 0; i < inputs.size(); i++) {
      require(!isNamed(inputs.get(i).name(), inputs, i));
    }
    return new PlainRequest(
        known, RequestFields.modelName(UNTOLD, model), version, inputs, outputs);
  }

  /** Whether one of the first tensors has the name; a name is not empty, so that counts too. */
  private static boolean isNamed(String name, List<Tensor> tensors, int count) {
    for (int i = 0; i < count; i++) {
      if (tensors.get(i).name().equals(name)) {
        return true;
      }
    }
    return name.isEmpty();
  }
}
