package io.millrace.server.batching;

import io.millrace.server.engine.Engine;
import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.engine.RunInput;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionArtifact;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A model of one byte whose instances do as the test says. It notes every opening and closing with
 * its thread, and fails whoever breaks the rules of the engine's contract. Thread-safe.
 */
final class FakeModel implements LoadedModel {
  static final Signature SIGNATURE =
      new Signature(
          List.of(TensorSpec.of("x", DataType.UINT8, -1)),
          List.of(TensorSpec.of("y", DataType.UINT8, -1), TensorSpec.of("z", DataType.UINT8, -1)));

  /** What an instance does with a call. */
  interface Run {
    List<Tensor> run(List<Tensor> inputs, List<String> outputs);
  }

  final List<String> events = new CopyOnWriteArrayList<>();
  volatile Run onCall = (inputs, outputs) -> inputs;
  volatile Run onWarmUp = (inputs, outputs) -> inputs;

  volatile boolean tellsSignature;

  /** What comes before is warm-up and trial. */
  volatile boolean isLoaded;

  volatile Runnable onOpen = () -> {};
  volatile Runnable onInstanceClose = () -> {};
  private final AtomicInteger openInstances = new AtomicInteger();

  /** The engine that gives out this model. */
  Engine engine() {
    return new Engine() {
      @Override
      public ModelFormat format() {
        return ModelFormat.ONNX;
      }

      @Override
      public LoadedModel load(VersionArtifact artifact) {
        return FakeModel.this;
      }
    };
  }

  @Override
  public Signature signature() {
    return SIGNATURE;
  }

  @Override
  public boolean tellsSignature() {
    return tellsSignature;
  }

  @Override
  public ModelInstance newInstance() {
    onOpen.run();
    note("open");
    openInstances.incrementAndGet();
    return new Instance();
  }

  @Override
  public void close() {
    if (openInstances.get() != 0) {
      throw new AssertionError("the model is closed under its instances");
    }
    events.add("close model");
  }

  private void note(String event) {
    events.add(event + " " + Thread.currentThread().getName());
  }

  /** What the engine would see. */
  static Tensor joined(RunInput input) {
    ByteBuffer all = ByteBuffer.allocate((int) input.bytes());
    input.parts().forEach(part -> all.put(part.data()));
    return new Tensor(input.parts().get(0).name(), input.dtype(), input.shape(), all.flip());
  }

  private final class Instance implements ModelInstance {
    private final Thread owner = Thread.currentThread();

    @Override
    public List<Tensor> run(List<RunInput> inputs, List<String> outputs) {
      assertOwned();
      List<Tensor> tensors = inputs.stream().map(FakeModel::joined).toList();
      return (isLoaded ? onCall : onWarmUp).run(tensors, outputs);
    }

    @Override
    public void close() {
      assertOwned();
      note("close");
      openInstances.decrementAndGet();
      onInstanceClose.run();
    }

    private void assertOwned() {
      if (Thread.currentThread() != owner) {
        throw new AssertionError("an instance of " + owner + " is used by another thread");
      }
    }
  }
}
