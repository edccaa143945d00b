package io.millrace.server.batching;

import io.millrace.server.model.Cancellation;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionArtifact;
import io.millrace.server.model.VersionSelector;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Calls of the fake model, each with a value that tells it from the others. */
final class Calls {
  private Calls() {}

  /** Nobody waits so long. */
  private static long later() {
    return System.nanoTime() + TimeUnit.HOURS.toNanos(1);
  }

  static InferenceRequest call(int value) {
    return call(value, later(), () -> false);
  }

  static InferenceRequest expired(int value) {
    return call(value, System.nanoTime() - 1, () -> false);
  }

  static InferenceRequest due(int value, long deadlineNanos) {
    return call(value, deadlineNanos, () -> false);
  }

  static InferenceRequest cancelled(int value, Cancellation cancelled) {
    return call(value, later(), cancelled);
  }

  static InferenceRequest asking(int value, String... outputs) {
    return new InferenceRequest(
        "iris",
        VersionSelector.LATEST,
        List.of(tensor(value)),
        List.of(outputs),
        later(),
        () -> false);
  }

  private static InferenceRequest call(int value, long deadlineNanos, Cancellation cancelled) {
    return new InferenceRequest(
        "iris",
        VersionSelector.LATEST,
        List.of(tensor(value)),
        List.of(),
        deadlineNanos,
        cancelled);
  }

  static Tensor tensor(int value) {
    return new Tensor("x", DataType.UINT8, Shape.of(1), ByteBuffer.wrap(new byte[] {(byte) value}));
  }

  static int value(List<Tensor> tensors) {
    return tensors.get(0).data().get();
  }

  static VersionArtifact artifact(int instances) {
    return new VersionArtifact(
        new ModelVersionId("iris", 3),
        ModelFormat.ONNX,
        Path.of("model.onnx"),
        new ModelConfig(List.of(), List.of(), instances),
        "a");
  }
}
