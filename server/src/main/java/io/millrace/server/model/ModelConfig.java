package io.millrace.server.model;

import java.util.List;

/**
 * What a loader must know of a model beyond its file.
 *
 * @param inputs declared inputs, empty if the file tells them
 * @param outputs declared outputs, empty if the file tells them
 * @param instances executing copies; 0 lets the server choose
 */
public record ModelConfig(List<TensorSpec> inputs, List<TensorSpec> outputs, int instances) {
  /** Nothing declared: all that can be derived is derived. */
  public static final ModelConfig DERIVED = new ModelConfig(List.of(), List.of(), 0);

  public ModelConfig {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }
}
