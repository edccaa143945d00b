package io.millrace.server.inference;

import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionSelector;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Requests written as text: {@code "x FP32 2,4"} is an input of zeros. */
final class Requests {
  private Requests() {}

  static InferenceRequest taking(String... inputs) {
    return request(System.nanoTime() + TimeUnit.HOURS.toNanos(1), inputs);
  }

  static InferenceRequest late(String... inputs) {
    return request(System.nanoTime() - 1, inputs);
  }

  static InferenceRequest asking(InferenceRequest request, String... outputs) {
    return new InferenceRequest(
        request.model(),
        request.version(),
        request.inputs(),
        List.of(outputs),
        request.deadlineNanos(),
        request.cancellation());
  }

  private static InferenceRequest request(long deadlineNanos, String... inputs) {
    return new InferenceRequest(
        "iris",
        VersionSelector.LATEST,
        Stream.of(inputs).map(Requests::tensor).toList(),
        List.of(),
        deadlineNanos,
        () -> false);
  }

  static Tensor tensor(String text) {
    String[] words = text.split(" ", -1);
    DataType dtype = DataType.valueOf(words[1]);
    Shape shape = shape(words[2]);
    int bytes = (int) shape.elements().orElseThrow() * dtype.byteSize();
    return new Tensor(words[0], dtype, shape, ByteBuffer.allocate(bytes));
  }

  private static Shape shape(String sizes) {
    return Shape.of(Stream.of(sizes.split(",", -1)).mapToLong(Long::parseLong).toArray());
  }
}
