package io.millrace.server.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.millrace.openinference.ModelMetadataResponse;
import io.millrace.openinference.ModelMetadataResponse.TensorMetadata;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes up requests that fit a model. Values are small and harmless, because many models take
 * indices: floats from 0 to 1, whole numbers below 100, texts of 16 letters. Confined to one
 * thread.
 */
final class RandomInputs {
  private static final long MOST_BYTES = 256L << 20;
  private static final int VARIANTS = 8;
  private static final long VARIANTS_BYTES = 64L << 20;
  private static final int TEXT_LENGTH = 16;
  private static final int BELOW = 100;

  private final Inputs.Random wish;
  private final RandomGenerator random;

  RandomInputs(Inputs.Random wish, RandomGenerator random) {
    this.wish = wish;
    this.random = random;
  }

  /** A few different requests, so that no cache makes the work easier than it is. */
  List<PredictRequest> requests(ModelSpec spec, ModelMetadataResponse model) throws BenchException {
    checkNames(model);
    PredictRequest first = request(spec, model);
    long size = first.getSerializedSize();
    long count = Math.max(1, Math.min(VARIANTS, VARIANTS_BYTES / Math.max(1, size)));
    List<PredictRequest> requests = new ArrayList<>(List.of(first));
    while (requests.size() < count) {
      requests.add(request(spec, model));
    }
    return requests;
  }

  private void checkNames(ModelMetadataResponse model) throws BenchException {
    Set<String> names =
        model.getInputsList().stream()
            .map(TensorMetadata::getName)
            .collect(Collectors.toCollection(TreeSet::new));
    for (String name : wish.shapes().keySet()) {
      if (!names.contains(name)) {
        throw new BenchException(
            "--shape: the model has no input %s; its inputs are %s"
                .formatted(Quote.of(name), names));
      }
    }
  }

  private PredictRequest request(ModelSpec spec, ModelMetadataResponse model)
      throws BenchException {
    PredictRequest.Builder request = PredictRequest.newBuilder().setModelSpec(spec);
    for (TensorMetadata input : model.getInputsList()) {
      request.addInputs(tensor(input));
    }
    return request.build();
  }

  private Tensor tensor(TensorMetadata input) throws BenchException {
    DataType dtype = dtype(input);
    List<Long> shape = shape(input);
    long elements = elements(input, dtype, shape);
    ByteBuffer values =
        dtype == DataType.BYTES ? texts((int) elements) : numbers(dtype, (int) elements);
    ByteString raw = UnsafeByteOperations.unsafeWrap(values);
    return Tensor.newBuilder()
        .setName(input.getName())
        .setDtype(WireTypes.toProto(dtype))
        .addAllShape(shape)
        .setRaw(raw)
        .build();
  }

  private static DataType dtype(TensorMetadata input) throws BenchException {
    return WireTypes.ofName(input.getDatatype())
        .orElseThrow(
            () ->
                new BenchException(
                    "the server says that input %s is of the type %s, which this client does not know"
                        .formatted(Quote.of(input.getName()), Quote.of(input.getDatatype()))));
  }

  private List<Long> shape(TensorMetadata input) throws BenchException {
    List<Long> declared = input.getShapeList();
    List<Long> wished = wish.shapes().get(input.getName());
    if (wished != null) {
      return wished;
    }
    if (wish.rows() != 1 && (declared.isEmpty() || declared.get(0) != -1)) {
      throw new BenchException(
          "--rows: input %s has the shape %s, whose first size is fixed"
              .formatted(Quote.of(input.getName()), declared));
    }
    List<Long> shape = new ArrayList<>(declared);
    for (int i = 0; i < shape.size(); i++) {
      if (shape.get(i) == -1) {
        shape.set(i, i == 0 ? wish.rows() : 1L);
      }
    }
    return shape;
  }

  private static long elements(TensorMetadata input, DataType dtype, List<Long> shape)
      throws BenchException {
    double elements = shape.stream().mapToDouble(Long::doubleValue).reduce(1, (a, b) -> a * b);
    int size = dtype.isFixedSize() ? dtype.byteSize() : TEXT_LENGTH + Integer.BYTES;
    if (elements * size > MOST_BYTES) {
      throw new BenchException(
          "input %s of shape %s takes more than %d MiB"
              .formatted(Quote.of(input.getName()), shape, MOST_BYTES >> 20));
    }
    return (long) elements;
  }

  private ByteBuffer texts(int count) {
    return BytesElements.encode(Stream.generate(this::text).limit(count).toList());
  }

  private byte[] text() {
    byte[] text = new byte[TEXT_LENGTH];
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) ('a' + random.nextInt('z' - 'a' + 1));
    }
    return text;
  }

  private ByteBuffer numbers(DataType dtype, int count) {
    ByteBuffer values =
        ByteBuffer.allocate(count * dtype.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
    while (values.hasRemaining()) {
      put(values, dtype);
    }
    return values.flip();
  }

  private void put(ByteBuffer values, DataType dtype) {
    switch (dtype) {
      case BOOL -> values.put((byte) random.nextInt(2));
      case INT8, UINT8 -> values.put((byte) random.nextInt(BELOW));
      case INT16, UINT16 -> values.putShort((short) random.nextInt(BELOW));
      case INT32, UINT32 -> values.putInt(random.nextInt(BELOW));
      case INT64, UINT64 -> values.putLong(random.nextInt(BELOW));
      // The exponent of 0.5 and a random fraction: 0.5 to 1.
      case FP16 -> values.putShort((short) (0x3800 | random.nextInt(1 << 10)));
      case BF16 -> values.putShort((short) (Float.floatToIntBits(random.nextFloat()) >>> 16));
      case FP32 -> values.putFloat(random.nextFloat());
      case FP64 -> values.putDouble(random.nextDouble());
      case BYTES -> throw new IllegalArgumentException("texts are made elsewhere");
    }
  }
}
