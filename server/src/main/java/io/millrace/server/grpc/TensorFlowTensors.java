package io.millrace.server.grpc;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.tensorflow.TensorProto;
import io.millrace.tensorflow.TensorShapeProto;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/**
 * Reads the tensors of TensorFlow's clients, as {@code Tensor::FromProto} does: values are in
 * {@code tensor_content} or in the list of their type. A list that is shorter than the shape
 * repeats its last value, and one without values stands for zeros. A longer one is refused: nobody
 * means that.
 *
 * <p>For the tensors of one request, on one thread.
 */
final class TensorFlowTensors {
  /** The types whose values come in {@code int_val}. */
  private static final Set<DataType> INTS =
      Set.of(DataType.INT8, DataType.INT16, DataType.INT32, DataType.UINT8, DataType.UINT16);

  /** The types whose bits come in {@code half_val}. */
  private static final Set<DataType> HALVES = Set.of(DataType.FP16, DataType.BF16);

  private final int maxBytes;
  private long taken;

  /**
   * @param maxBytes the most that values may take together which a request does not spell out: a
   *     few bytes can ask for many
   */
  TensorFlowTensors(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * A tensor of a request.
   *
   * @param path where it stands, such as {@code inputs['x']}
   */
  Tensor decode(String path, String name, TensorProto wire) {
    DataType dtype =
        TensorFlowTypes.fromWire(path + ".dtype", wire.getDtype(), wire.getDtypeValue());
    Shape shape = TensorCodec.named(name, () -> shape(path, dtype, wire.getTensorShape()));
    TensorCodec.Head head = new TensorCodec.Head(path, name, dtype, shape);
    List<TypedValues> lists = lists(path, wire);
    if (wire.getTensorContent().isEmpty()) {
      return listed(head, TensorCodec.ownList(head, lists).orElseThrow(), lastTextBytes(wire));
    }
    String field = path + ".tensor_content";
    if (lists.stream().anyMatch(list -> list.size() > 0)) {
      throw RequestFields.malformed(
          field, "%s has values both in tensor_content and in a list; fill one".formatted(path));
    }
    return dtype == DataType.BYTES
        ? texts(head, new TextContent(field, wire.getTensorContent()))
        : TensorCodec.fromRaw(head, field, wire.getTensorContent());
  }

  private static Shape shape(String path, DataType dtype, TensorShapeProto wire) {
    if (wire.getUnknownRank()) {
      throw ServingException.refusal(
          Reason.TENSOR_SHAPE_MISMATCH,
          path + ".tensor_shape.unknown_rank",
          "unknown_rank is set, but values have a shape; give the size of each dimension");
    }
    return TensorShapes.decodeAt(
        path + ".tensor_shape.dim", dtype, wire.getDimCount(), i -> wire.getDim(i).getSize());
  }

  private static List<TypedValues> lists(String path, TensorProto wire) {
    return List.of(
        TypedValues.floats(
            path + ".float_val", Set.of(DataType.FP32), wire.getFloatValCount(), wire::getFloatVal),
        TypedValues.doubles(path + ".double_val", wire.getDoubleValCount(), wire::getDoubleVal),
        TypedValues.signed(path + ".int_val", INTS, wire.getIntValCount(), wire::getIntVal),
        TypedValues.bytes(path + ".string_val", wire.getStringValCount(), wire::getStringVal),
        TypedValues.signed(
            path + ".int64_val",
            Set.of(DataType.INT64),
            wire.getInt64ValCount(),
            wire::getInt64Val),
        TypedValues.bools(path + ".bool_val", wire.getBoolValCount(), wire::getBoolVal),
        TypedValues.signed(path + ".half_val", HALVES, wire.getHalfValCount(), wire::getHalfVal),
        TypedValues.unsigned(
            path + ".uint32_val",
            Set.of(DataType.UINT32),
            wire.getUint32ValCount(),
            i -> Integer.toUnsignedLong(wire.getUint32Val(i))),
        TypedValues.unsigned(
            path + ".uint64_val",
            Set.of(DataType.UINT64),
            wire.getUint64ValCount(),
            wire::getUint64Val));
  }

  private static int lastTextBytes(TensorProto wire) {
    int texts = wire.getStringValCount();
    return texts == 0 ? 0 : wire.getStringVal(texts - 1).size();
  }

  private Tensor listed(TensorCodec.Head head, TypedValues list, int lastTextBytes) {
    if (list.size() > head.elements()) {
      throw TensorCodec.wrongCount(head, list.field(), list.size());
    }
    ByteBuffer given = TensorCodec.encoded(head, list);
    if (list.size() == head.elements()) {
      return new Tensor(head.name(), head.dtype(), head.shape(), given);
    }
    int valueBytes =
        head.dtype().isFixedSize() ? head.dtype().byteSize() : Integer.BYTES + lastTextBytes;
    long missing = head.elements() - list.size();
    byte[] all = memory(head, given.remaining() + missing * valueBytes);
    repeatLast(given, all, list.size() == 0 ? 0 : valueBytes);
    return new Tensor(head.name(), head.dtype(), head.shape(), ByteBuffer.wrap(all));
  }

  /** The given values and then the last of them, over and over; without any, zeros. */
  private static void repeatLast(ByteBuffer given, byte[] all, int lastBytes) {
    int at = given.remaining();
    given.get(all, 0, at);
    int last = at - lastBytes;
    while (lastBytes > 0 && at < all.length) {
      // What was repeated so far, at once: twice as much each time.
      int length = Math.min(at - last, all.length - at);
      System.arraycopy(all, last, all, at, length);
      at += length;
    }
  }

  private Tensor texts(TensorCodec.Head head, TextContent content) {
    long bytes = TensorCodec.named(head.name(), () -> content.encodedBytes(head.elements()));
    byte[] all = memory(head, bytes);
    content.encode(head.elements(), all);
    return new Tensor(head.name(), head.dtype(), head.shape(), ByteBuffer.wrap(all));
  }

  /** Memory beyond that of the message, which is asked for before it is taken. */
  private byte[] memory(TensorCodec.Head head, long bytes) {
    if (bytes > maxBytes - taken) {
      throw ServingException.refusal(
          Reason.MESSAGE_TOO_LARGE,
          head.path(),
          "the values of tensor %s take %d bytes, the limit is %d%s"
              .formatted(
                  Quote.of(head.name()),
                  bytes,
                  maxBytes,
                  taken == 0 ? "" : ", of which others take " + taken));
    }
    taken += bytes;
    MessageMemory.SHARE.get().grow(bytes);
    return new byte[(int) bytes];
  }
}
