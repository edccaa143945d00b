package io.millrace.server.model;

import java.util.List;

/** The typed inputs and outputs of a model version, each in the model's own order. */
public record Signature(List<TensorSpec> inputs, List<TensorSpec> outputs) {
  public Signature {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }
}
