package io.millrace.server.engine.onnx;

import static java.util.Objects.requireNonNull;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.millrace.server.engine.InputBuffer;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.engine.RunInput;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Runs the shared session with input memory of its own. Confined to one thread at a time. */
final class OnnxInstance implements ModelInstance {
  private final OnnxModel model;
  private final RunSwitch runs;
  private final Map<String, TensorSpec> outputs = new HashMap<>();
  private final List<String> names;
  private final List<InputBuffer> buffers;
  private @Nullable PinnedRuns pins;
  private long lastBeganNanos;
  private long lastEndedNanos;

  /** Takes over the switch. */
  OnnxInstance(OnnxModel model, RunSwitch runs) {
    this.model = model;
    this.runs = runs;
    model.signature().outputs().forEach(spec -> outputs.put(spec.name(), spec));
    this.names = model.signature().outputs().stream().map(TensorSpec::name).toList();
    this.pins = PinnedRuns.of(model);
    this.buffers =
        Stream.generate(InputBuffer::new).limit(model.signature().inputs().size()).toList();
  }

  @Override
  public List<Tensor> run(List<RunInput> inputs, List<String> requested) {
    try {
      if (pins == null || !requested.equals(names) || !pins.fit(inputs)) {
        return runFresh(inputs, requested);
      }
      return runPinned(pins, inputs);
    } catch (ServingException e) {
      throw e;
    } catch (OrtException | RuntimeException e) {
      throw ServingException.failure(Reason.ENGINE_ERROR, "the model failed on this input", e);
    }
  }

  /** What works only without pins has outputs of another shape than expected, and is run so. */
  private List<Tensor> runPinned(PinnedRuns pinned, List<RunInput> inputs) throws OrtException {
    try {
      int rows = pinned.place(inputs);
      return pinned.copies(rows, switched(options -> pinned.run(rows, options)));
    } catch (OrtException e) {
      List<Tensor> outputs = runFresh(inputs, names);
      pins = null;
      pinned.close();
      return outputs;
    }
  }

  private List<Tensor> runFresh(List<RunInput> inputs, List<String> requested) throws OrtException {
    try (NativeScope scope = new NativeScope()) {
      Map<String, OnnxTensor> feeds = feeds(inputs, scope);
      Set<String> outputNames = Set.copyOf(requested);
      return read(
          scope.keep(switched(options -> model.session().run(feeds, outputNames, options))),
          requested);
    }
  }

  private interface Run<T> {
    T with(OrtSession.RunOptions options) throws OrtException;
  }

  private <T> T switched(Run<T> run) throws OrtException {
    lastBeganNanos = System.nanoTime();
    OrtSession.RunOptions options = runs.begin(lastBeganNanos);
    try {
      return run.with(options);
    } catch (OrtException e) {
      if (runs.end()) {
        throw stopped();
      }
      throw e;
    } finally {
      runs.end();
      lastEndedNanos = System.nanoTime();
    }
  }

  private static ServingException stopped() {
    return ServingException.refusal(Reason.CALL_CANCELLED, "the run was stopped");
  }

  private Map<String, OnnxTensor> feeds(List<RunInput> inputs, NativeScope scope)
      throws OrtException {
    Map<String, OnnxTensor> feeds = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      String name = model.signature().inputs().get(i).name();
      feeds.put(name, model.converter().toEngine(inputs.get(i), buffers.get(i), scope));
    }
    return feeds;
  }

  private List<Tensor> read(OrtSession.Result result, List<String> requested) throws OrtException {
    List<Tensor> read = new ArrayList<>(requested.size());
    for (String name : requested) {
      OnnxTensor tensor = (OnnxTensor) result.get(name).orElseThrow();
      read.add(model.converter().fromEngine(requireNonNull(outputs.get(name)), tensor));
    }
    return read;
  }

  @Override
  public void stopRun() {
    runs.stop();
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

  @Override
  public void close() {
    try (runs) {
      if (pins != null) {
        pins.close();
      }
    }
  }
}
