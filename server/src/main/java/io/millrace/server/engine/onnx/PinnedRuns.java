package io.millrace.server.engine.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;
import io.millrace.server.engine.RunInput;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs of few small rows on tensors that are made once for each number of rows: what the binding
 * does to make the tensors of one run takes longer than a tiny model. Confined to one thread at a
 * time.
 */
final class PinnedRuns implements AutoCloseable {
  private static final int MAX_ROWS = 64;

  /** Of each tensor. For more, the copies and the model matter and not the binding. */
  private static final int MAX_BYTES = 64 << 10;

  private static final int ALIGNMENT = 64;

  private final OnnxModel model;
  private final List<ByteBuffer> inputs;
  private final List<ByteBuffer> outputs;
  private final @Nullable Pinned[] byRows;
  private final NativeScope owned = new NativeScope();

  private PinnedRuns(OnnxModel model, int maxRows) {
    this.model = model;
    this.inputs = memory(model.signature().inputs(), maxRows);
    this.outputs = memory(model.signature().outputs(), maxRows);
    this.byRows = new Pinned[maxRows + 1];
  }

  /** The tensors for one number of rows, over the memory that all have in common. */
  private record Pinned(
      Map<String, OnnxTensor> feeds, Map<String, OnnxTensor> results, List<Shape> shapes) {}

  /** Null for a model whose tensors are not rows of a fixed size, or too large ones. */
  static @Nullable PinnedRuns of(OnnxModel model) {
    int maxRows = specs(model.signature()).mapToInt(PinnedRuns::maxRows).min().orElse(0);
    return maxRows == 0 ? null : new PinnedRuns(model, maxRows);
  }

  private static Stream<TensorSpec> specs(Signature signature) {
    return Stream.concat(signature.inputs().stream(), signature.outputs().stream());
  }

  private static int maxRows(TensorSpec spec) {
    Shape shape = spec.shape();
    boolean hasRows = shape.rank() > 0 && shape.size(0) == Shape.ANY;
    if (!hasRows || !shape.withRows(1).isConcrete() || !OnnxTypes.isCarried(spec.dtype())) {
      return 0;
    }
    long elements = shape.withRows(1).elements().orElse(Long.MAX_VALUE);
    return elements == 0 || elements > MAX_BYTES
        ? 0
        : Math.min(MAX_ROWS, MAX_BYTES / rowBytes(spec));
  }

  private static int rowBytes(TensorSpec spec) {
    return (int) spec.shape().withRows(1).elements().orElseThrow() * spec.dtype().byteSize();
  }

  private static List<ByteBuffer> memory(List<TensorSpec> specs, int rows) {
    return specs.stream()
        .map(spec -> ByteBuffer.allocateDirect(rows * rowBytes(spec) + 2 * ALIGNMENT))
        .map(buffer -> buffer.alignedSlice(ALIGNMENT))
        .toList();
  }

  /** Whether these inputs are for such a run. */
  boolean fit(List<RunInput> given) {
    long rows = given.get(0).shape().size(0);
    if (rows < 1 || rows >= byRows.length) {
      return false;
    }
    for (int i = 0; i < inputs.size(); i++) {
      if (given.get(i).bytes() != rows * rowBytes(model.signature().inputs().get(i))) {
        return false;
      }
    }
    return true;
  }

  /** Puts inputs that {@link #fit} where the model reads them, and gives the number of rows. */
  int place(List<RunInput> given) {
    for (int i = 0; i < inputs.size(); i++) {
      ByteBuffer memory = inputs.get(i).clear();
      for (Tensor part : given.get(i).parts()) {
        memory.put(part.data());
      }
    }
    return (int) given.get(0).shape().size(0);
  }

  /**
   * Runs the model on the inputs in place.
   *
   * @return the shapes of its outputs
   * @throws OrtException if the model fails, which may be because its outputs have not the rows of
   *     its inputs
   */
  List<Shape> run(int rows, RunOptions options) throws OrtException {
    Pinned pinned = pinned(rows);
    model.session().run(pinned.feeds(), Set.of(), pinned.results(), options).close();
    return pinned.shapes();
  }

  private Pinned pinned(int rows) throws OrtException {
    Pinned known = byRows[rows];
    if (known == null) {
      known = create(rows);
      byRows[rows] = known;
    }
    return known;
  }

  private Pinned create(int rows) throws OrtException {
    Signature signature = model.signature();
    return new Pinned(
        tensors(signature.inputs(), inputs, rows),
        tensors(signature.outputs(), outputs, rows),
        signature.outputs().stream().map(spec -> spec.shape().withRows(rows)).toList());
  }

  private Map<String, OnnxTensor> tensors(List<TensorSpec> specs, List<ByteBuffer> memory, int rows)
      throws OrtException {
    Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < specs.size(); i++) {
      TensorSpec spec = specs.get(i);
      ByteBuffer part =
          memory.get(i).slice(0, rows * rowBytes(spec)).order(ByteOrder.LITTLE_ENDIAN);
      tensors.put(
          spec.name(),
          owned.keep(model.converter().over(part, spec.shape().withRows(rows), spec.dtype())));
    }
    return tensors;
  }

  /** Copies of the outputs of the last run. */
  List<Tensor> copies(int rows, List<Shape> shapes) {
    List<TensorSpec> specs = model.signature().outputs();
    List<Tensor> copies = new ArrayList<>(specs.size());
    for (int i = 0; i < specs.size(); i++) {
      TensorSpec spec = specs.get(i);
      int bytes = rows * rowBytes(spec);
      ByteBuffer copy = ByteBuffer.allocate(bytes).put(outputs.get(i).slice(0, bytes)).flip();
      copies.add(new Tensor(spec.name(), spec.dtype(), shapes.get(i), copy));
    }
    return copies;
  }

  @Override
  public void close() {
    owned.close();
  }
}
