package io.millrace.server.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a loader must know of a model beyond its file.
 *
 * @param inputs declared inputs, empty if the file tells them
 * @param outputs declared outputs, empty if the file tells them
 * @param instances executing copies
 * @param batching how rows of several requests run together
 * @param roles what the outputs mean
 * @param preprocess what of the inputs callers may send in another form
 */
public record ModelConfig(
    List<TensorSpec> inputs,
    List<TensorSpec> outputs,
    InstancesConfig instances,
    BatchingConfig batching,
    OutputRoles roles,
    Preprocess preprocess) {
  /** Nothing declared: all that can be derived is derived. */
  public static final ModelConfig DERIVED = new ModelConfig(List.of(), List.of(), 0);

  /** Nothing is said of batching and of threads; 0 instances let the server choose. */
  public ModelConfig(List<TensorSpec> inputs, List<TensorSpec> outputs, int instances) {
    this(inputs, outputs, new InstancesConfig(instances, 1), BatchingConfig.DERIVED);
  }

  /** Nothing is said of what the outputs mean, and callers send tensors alone. */
  public ModelConfig(
      List<TensorSpec> inputs,
      List<TensorSpec> outputs,
      InstancesConfig instances,
      BatchingConfig batching) {
    this(inputs, outputs, instances, batching, OutputRoles.NONE, Preprocess.NONE);
  }

  public ModelConfig {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /** The keys of {@code config.yaml} whose values differ from the other's, in its order. */
  public List<String> keysUnlike(ModelConfig other) {
    Map<String, Object> values = other.values();
    return values().entrySet().stream()
        .filter(key -> !key.getValue().equals(values.get(key.getKey())))
        .map(Map.Entry::getKey)
        .toList();
  }

  private Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("inputs", inputs);
    values.put("outputs", outputs);
    values.put("instances.count", instances.count());
    values.put("instances.threads", instances.threads());
    values.put("batching.max_batch_size", batching.maxBatchSize());
    values.put("batching.max_queue_delay", batching.maxQueueDelay());
    values.put("batching.max_queue_size", batching.queue().calls());
    values.put("batching.max_queue_bytes", batching.queue().bytes());
    values.put("batching.run_on", batching.runOn());
    values.put("classify.scores", roles.scores());
    values.put("classify.classes", roles.classes());
    values.put("regress.value", roles.value());
    values.put("preprocess", preprocess);
    return values;
  }
}
