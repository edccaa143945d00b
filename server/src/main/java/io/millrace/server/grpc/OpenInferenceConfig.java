package io.millrace.server.grpc;

import io.millrace.openinference.ModelConfig;
import io.millrace.openinference.ModelDynamicBatching;
import io.millrace.openinference.ModelInput;
import io.millrace.openinference.ModelInstanceGroup;
import io.millrace.openinference.ModelOutput;
import io.millrace.openinference.ModelTransactionPolicy;
import io.millrace.openinference.ModelVersionPolicy;
import io.millrace.server.grpc.ModelCatalog.ServedVersion;
import io.millrace.server.model.Scheduling;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionPolicy;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A version that serves as Triton's ModelConfig describes it. Where rows of several calls run
 * together, shapes are told without them: whoever measures the server puts a number of rows up to
 * {@code max_batch_size} before each. Pure.
 */
final class OpenInferenceConfig {
  /** A call is urgent, or it is not. */
  private static final int PRIORITY_LEVELS = 2;

  private OpenInferenceConfig() {}

  /**
   * @param policy which versions of the model are to serve
   */
  static ModelConfig encode(ServedVersion served, VersionPolicy policy) {
    Scheduling scheduling = served.scheduling();
    int rowDimensions = scheduling.batches() ? 1 : 0;
    ModelConfig.Builder config =
        ModelConfig.newBuilder()
            .setName(served.id().model())
            .setPlatform(OpenInferenceModels.platform(served.engine()))
            .setBackend(served.engine())
            .setVersionPolicy(versionPolicy(policy))
            .addInstanceGroup(instances(served))
            .setModelTransactionPolicy(ModelTransactionPolicy.getDefaultInstance());
    served.signature().inputs().forEach(spec -> config.addInput(input(spec, rowDimensions)));
    served.signature().outputs().forEach(spec -> config.addOutput(output(spec, rowDimensions)));
    if (scheduling.batches()) {
      config.setMaxBatchSize(scheduling.maxBatchSize()).setDynamicBatching(batching(scheduling));
    }
    return config.build();
  }

  private static ModelInput input(TensorSpec spec, int rowDimensions) {
    return ModelInput.newBuilder()
        .setName(spec.name())
        .setDataType(DataTypes.toConfig(spec.dtype()))
        .addAllDims(dims(spec, rowDimensions))
        .build();
  }

  private static ModelOutput output(TensorSpec spec, int rowDimensions) {
    return ModelOutput.newBuilder()
        .setName(spec.name())
        .setDataType(DataTypes.toConfig(spec.dtype()))
        .addAllDims(dims(spec, rowDimensions))
        .build();
  }

  private static List<Long> dims(TensorSpec spec, int rowDimensions) {
    return Arrays.stream(spec.shape().toArray()).skip(rowDimensions).boxed().toList();
  }

  private static ModelDynamicBatching batching(Scheduling scheduling) {
    return ModelDynamicBatching.newBuilder()
        .setMaxQueueDelayMicroseconds(
            TimeUnit.NANOSECONDS.toMicros(scheduling.maxQueueDelay().toNanos()))
        .setPriorityLevels(PRIORITY_LEVELS)
        .setDefaultPriorityLevel(PRIORITY_LEVELS)
        .build();
  }

  /** All instances are alike; the group has the name that Triton would give it. */
  private static ModelInstanceGroup instances(ServedVersion served) {
    return ModelInstanceGroup.newBuilder()
        .setName(served.id().model() + "_0")
        .setKind(ModelInstanceGroup.Kind.KIND_CPU)
        .setCount(served.scheduling().instances())
        .build();
  }

  private static ModelVersionPolicy versionPolicy(VersionPolicy policy) {
    ModelVersionPolicy.Builder encoded = ModelVersionPolicy.newBuilder();
    if (policy instanceof VersionPolicy.Latest latest) {
      encoded.getLatestBuilder().setNumVersions(latest.count());
    } else if (policy instanceof VersionPolicy.Specific specific) {
      encoded.getSpecificBuilder().addAllVersions(specific.versions());
    } else if (policy instanceof VersionPolicy.All) {
      encoded.setAll(ModelVersionPolicy.All.getDefaultInstance());
    }
    return encoded.build();
  }
}
