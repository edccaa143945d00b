package io.millrace.server.model;

import java.util.List;

/**
 * What a loader must know of a model beyond its file.
 *
 * @param inputs declared inputs, empty if the file tells them
 * @param outputs declared outputs, empty if the file tells them
 * @param instances executing copies
 * @param batching how rows of several requests run together
 */
public record ModelConfig(
    List<TensorSpec> inputs,
    List<TensorSpec> outputs,
    InstancesConfig instances,
    BatchingConfig batching) {
  /** Nothing declared: all that can be derived is derived. */
  public static final ModelConfig DERIVED = new ModelConfig(List.of(), List.of(), 0);

  /** Nothing is said of batching and of threads; 0 instances let the server choose. */
  public ModelConfig(List<TensorSpec> inputs, List<TensorSpec> outputs, int instances) {
    this(inputs, outputs, new InstancesConfig(instances, 1), BatchingConfig.DERIVED);
  }

  public ModelConfig {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }
}
