package io.millrace.server.engine.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import io.millrace.server.engine.InputBuffer;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.engine.RunInput;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Runs the shared module with input memory of its own. Confined to the thread that made it. */
final class TorchScriptInstance implements ModelInstance {
  private final TorchScriptModel model;
  private final TorchOutputs outputs;
  private final List<InputBuffer> buffers;
  private long lastBeganNanos;
  private long lastEndedNanos;

  TorchScriptInstance(TorchScriptModel model) {
    this.model = model;
    this.outputs = new TorchOutputs(model.signature().outputs());
    this.buffers =
        Stream.generate(InputBuffer::new).limit(model.signature().inputs().size()).toList();
    // OpenMP counts its threads per calling thread; more than one fight over the cores.
    JniUtils.setNumThreads(1);
  }

  @Override
  public List<Tensor> run(List<RunInput> inputs, List<String> requested) {
    try (PtNDManager manager = model.newManager()) {
      IValue[] arguments = arguments(inputs, manager);
      lastBeganNanos = System.nanoTime();
      try (IValue result = model.block().forward(arguments)) {
        lastEndedNanos = System.nanoTime();
        return outputs.read(result, requested, manager);
      } finally {
        Arrays.stream(arguments).forEach(IValue::close);
      }
    } catch (ServingException e) {
      throw e;
    } catch (RuntimeException e) {
      throw ServingException.failure(Reason.ENGINE_ERROR, "the model failed on this input", e);
    }
  }

  private IValue[] arguments(List<RunInput> inputs, PtNDManager manager) {
    // The manager owns the arrays, but nobody the arguments yet: what can fail comes first.
    List<PtNDArray> arrays = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      arrays.add(array(inputs.get(i), buffers.get(i), manager));
    }
    return arrays.stream().map(IValue::from).toArray(IValue[]::new);
  }

  /** An array over the buffer's memory. */
  private static PtNDArray array(RunInput input, InputBuffer buffer, PtNDManager manager) {
    NDArray array =
        manager.create(
            buffer.place(input),
            new ai.djl.ndarray.types.Shape(input.shape().toArray()),
            TorchTypes.ofDjl(input.dtype()).orElseThrow());
    return (PtNDArray) array;
  }

  @Override
  public long lastBeganNanos() {
    return lastBeganNanos;
  }

  @Override
  public long lastEndedNanos() {
    return lastEndedNanos;
  }

  @Override
  public void giveBackMemory() {
    buffers.forEach(InputBuffer::giveBack);
  }

  /** Nothing to do: the memory goes with the object. */
  @Override
  public void close() {}
}
