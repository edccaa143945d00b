package io.millrace.server.batching;

import io.millrace.server.engine.RunInput;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Requests that run together, in the order of their rows. Immutable. */
record Batch(List<PendingRequest> requests) {
  Batch {
    requests = List.copyOf(requests);
  }

  boolean isSingle() {
    return requests.size() == 1;
  }

  long rows() {
    long rows = 0;
    for (PendingRequest request : requests) {
      rows += request.rows();
    }
    return rows;
  }

  /** The size of all inputs. */
  long bytes() {
    long bytes = 0;
    for (PendingRequest request : requests) {
      bytes += request.bytes();
    }
    return bytes;
  }

  /** One for each input of the model. */
  List<RunInput> inputs() {
    int count = requests.get(0).request().inputs().size();
    List<RunInput> inputs = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      inputs.add(input(i));
    }
    return inputs;
  }

  private RunInput input(int index) {
    List<Tensor> parts = new ArrayList<>(requests.size());
    for (PendingRequest request : requests) {
      parts.add(request.request().inputs().get(index));
    }
    return RunInput.of(parts);
  }

  /** The names of the outputs that are asked for; empty means all. */
  List<String> outputs() {
    return requests.get(0).request().outputs();
  }

  /**
   * Each request's part of the outputs.
   *
   * @throws ServingException with ENGINE_ERROR if an output has not the rows of the inputs
   */
  List<List<Tensor>> split(List<Tensor> outputs) {
    if (isSingle()) {
      return List.of(outputs);
    }
    List<List<Tensor>> answers = new ArrayList<>(requests.size());
    requests.forEach(request -> answers.add(new ArrayList<>(outputs.size())));
    long[] rows = requests.stream().mapToLong(PendingRequest::rows).toArray();
    for (Tensor output : outputs) {
      requireRows(output);
      List<Tensor> parts = RowSplitter.split(output, rows);
      for (int i = 0; i < parts.size(); i++) {
        answers.get(i).add(parts.get(i));
      }
    }
    return answers;
  }

  private void requireRows(Tensor output) {
    if (output.shape().rank() == 0 || output.shape().size(0) != rows()) {
      throw ServingException.refusal(
          Reason.ENGINE_ERROR,
          "the model gave %s for %d rows, so its requests cannot run together"
              .formatted(output, rows()));
    }
  }
}
