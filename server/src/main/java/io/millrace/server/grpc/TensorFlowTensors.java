package io.millrace.server.grpc;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.tensorflow.TensorProto;
import io.millrace.tensorflow.TensorShapeProto;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the tensors of TensorFlow's clients, as {@code Tensor::FromProto} does: values are in
 * {@code tensor_content} or in the list of their type. A list that is shorter than the shape
 * repeats its last value, and one without values stands for zeros. A longer one is refused: nobody
 * means that.
 *
 * <p>A few bytes can so stand for many. So what tensors say of themselves is checked first, and
 * their values are made when somebody asks for them.
 *
 * <p>For the tensors of one request, on one thread at a time.
 */
final class TensorFlowTensors {
  private final int maxBytes;
  private final List<TensorFlowTensor> read = new ArrayList<>();
  private long newBytes;

  /**
   * @param maxBytes the most that values may take together which a request does not spell out
   */
  TensorFlowTensors(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Reads a tensor of the request, but for its values.
   *
   * @param path where it stands, such as {@code inputs['x']}
   */
  void add(String path, String name, TensorProto wire) {
    DataType dtype =
        TensorFlowTypes.fromWire(path + ".dtype", wire.getDtype(), wire.getDtypeValue());
    Shape shape = TensorCodec.named(name, () -> shape(path, dtype, wire.getTensorShape()));
    TensorCodec.Head head = new TensorCodec.Head(path, name, dtype, shape);
    TensorFlowLists lists = new TensorFlowLists(path, wire);
    TensorFlowTensor tensor =
        wire.getTensorContent().isEmpty()
            ? listed(head, lists)
            : inContent(head, lists, wire.getTensorContent());
    requireRoom(tensor);
    newBytes += tensor.newBytes();
    read.add(tensor);
  }

  /** What the tensors say of themselves. */
  List<TensorCodec.Head> heads() {
    return read.stream().map(TensorFlowTensor::head).toList();
  }

  /** What all values will take beyond the memory of the message. */
  long newBytes() {
    return newBytes;
  }

  /** The tensors with their values, which takes memory. */
  List<Tensor> tensors() {
    return read.stream().map(tensor -> tensor.values().get()).toList();
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

  private static TensorFlowTensor inContent(
      TensorCodec.Head head, TensorFlowLists lists, ByteString content) {
    String field = head.path() + ".tensor_content";
    if (lists.size() > 0) {
      throw RequestFields.malformed(
          field,
          "%s has values both in tensor_content and in a list; fill one".formatted(head.path()));
    }
    if (head.dtype() != DataType.BYTES) {
      return new TensorFlowTensor(head, 0, () -> TensorCodec.fromRaw(head, field, content));
    }
    TextContent texts = new TextContent(field, content);
    long bytes = TensorCodec.named(head.name(), () -> texts.encodedBytes(head.elements()));
    return new TensorFlowTensor(head, bytes, () -> tensor(head, texts, bytes));
  }

  private static Tensor tensor(TensorCodec.Head head, TextContent texts, long bytes) {
    byte[] all = new byte[(int) bytes];
    texts.encode(head.elements(), all);
    return tensor(head, ByteBuffer.wrap(all));
  }

  private static Tensor tensor(TensorCodec.Head head, ByteBuffer values) {
    return new Tensor(head.name(), head.dtype(), head.shape(), values);
  }

  private static TensorFlowTensor listed(TensorCodec.Head head, TensorFlowLists lists) {
    TypedValues list = lists.own(head);
    if (list.size() > head.elements()) {
      throw TensorCodec.wrongCount(head, list.field(), list.size());
    }
    if (list.size() == head.elements()) {
      return new TensorFlowTensor(head, 0, () -> tensor(head, TensorCodec.encoded(head, list)));
    }
    long lastBytes = lists.lastBytes(head.dtype());
    long bytes = lists.bytes(head.dtype()) + (head.elements() - list.size()) * lastBytes;
    int repeated = list.size() == 0 ? 0 : (int) lastBytes;
    return new TensorFlowTensor(
        head, bytes, () -> repeating(head, list, new byte[(int) bytes], repeated));
  }

  /**
   * The values of the list and then the last of them, over and over.
   *
   * @param all zeros, of which as many stay as there is no value for
   * @param lastBytes what the last value takes; 0 if there is none
   */
  private static Tensor repeating(
      TensorCodec.Head head, TypedValues list, byte[] all, int lastBytes) {
    ByteBuffer given = TensorCodec.encoded(head, list);
    int at = given.remaining();
    given.get(all, 0, at);
    int last = at - lastBytes;
    while (lastBytes > 0 && at < all.length) {
      // What was repeated so far, at once: twice as much each time.
      int length = Math.min(at - last, all.length - at);
      System.arraycopy(all, last, all, at, length);
      at += length;
    }
    return tensor(head, ByteBuffer.wrap(all));
  }

  private void requireRoom(TensorFlowTensor tensor) {
    if (tensor.newBytes() > maxBytes - newBytes) {
      throw ServingException.refusal(
          Reason.MESSAGE_TOO_LARGE,
          tensor.head().path(),
          "the values of tensor %s take %d bytes, the limit is %d%s"
              .formatted(
                  Quote.of(tensor.head().name()),
                  tensor.newBytes(),
                  maxBytes,
                  newBytes == 0 ? "" : ", of which others take " + newBytes));
    }
  }
}
