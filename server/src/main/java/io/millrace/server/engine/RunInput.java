package io.millrace.server.engine;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.util.List;

/**
 * One input of one run: the tensor of one request, or those of several whose rows run together.
 *
 * @param shape of all rows together
 * @param parts one after the other, of one type, and of one shape but for the first dimension
 */
public record RunInput(Shape shape, List<Tensor> parts) {
  public RunInput {
    parts = List.copyOf(parts);
  }

  /** The tensor of one request. */
  public static RunInput of(Tensor tensor) {
    return new RunInput(tensor.shape(), List.of(tensor));
  }

  /** The tensors of several requests, whose rows are in their first dimension. */
  public static RunInput of(List<Tensor> tensors) {
    if (tensors.size() == 1) {
      return of(tensors.get(0));
    }
    long rows = 0;
    for (Tensor tensor : tensors) {
      rows += tensor.shape().size(0);
    }
    return new RunInput(tensors.get(0).shape().withRows(rows), tensors);
  }

  public DataType dtype() {
    return parts.get(0).dtype();
  }

  /** The size of all values. */
  public long bytes() {
    long bytes = 0;
    for (Tensor part : parts) {
      bytes += part.byteCount();
    }
    return bytes;
  }
}
