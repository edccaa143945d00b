package io.millrace.server.grpc;

import io.millrace.openinference.ModelConfig;
import io.millrace.openinference.ModelDynamicBatching;
import io.millrace.openinference.ModelInput;
import io.millrace.openinference.ModelInstanceGroup;
import io.millrace.openinference.ModelOutput;
import io.millrace.openinference.ModelTransactionPolicy;
import io.millrace.openinference.ModelVersionPolicy;
import io.millrace.server.grpc.ModelCatalog.ServedVersion;
import io.millrace.server.model.ImageLayout;
import io.millrace.server.model.ImagePreprocess;
import io.millrace.server.model.Preprocess;
import io.millrace.server.model.Scheduling;
import io.millrace.server.model.ScoreOutputs;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionPolicy;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A version that serves as Triton's ModelConfig describes it. Where rows of several calls may run
 * together, shapes are told without them: whoever measures the server puts a number of rows up to
 * {@code max_batch_size} before each. Nothing would be left of an input that has no other
 * dimension, and its clients could not say how many rows they send, so a model with such an input
 * is told with whole shapes. Pure.
 */
final class OpenInferenceConfig {
  /** A call is urgent, or it is not. */
  private static final int PRIORITY_LEVELS = 2;

  /** The name of the file that the names of classes are read from. */
  private static final String LABEL_FILE = "labels.txt";

  private OpenInferenceConfig() {}

  /**
   * @param policy which versions of the model are to serve
   */
  static ModelConfig encode(ServedVersion served, VersionPolicy policy) {
    boolean withoutRows = served.scheduling().batches() && haveMoreThanRows(served.signature());
    int rowDimensions = withoutRows ? 1 : 0;
    ModelConfig.Builder config =
        ModelConfig.newBuilder()
            .setName(served.id().model())
            .setPlatform(OpenInferenceModels.platform(served.engine()))
            .setBackend(served.engine())
            .setVersionPolicy(versionPolicy(policy))
            .addInstanceGroup(instances(served))
            .setModelTransactionPolicy(ModelTransactionPolicy.getDefaultInstance());
    served
        .signature()
        .inputs()
        .forEach(spec -> config.addInput(input(spec, rowDimensions, served.preprocess())));
    List<TensorSpec> labelled = labelled(served);
    served
        .signature()
        .outputs()
        .forEach(spec -> config.addOutput(output(spec, rowDimensions, labelled.contains(spec))));
    if (withoutRows) {
      config
          .setMaxBatchSize(served.scheduling().maxBatchSize())
          .setDynamicBatching(batching(served.scheduling()));
    }
    return config.build();
  }

  private static boolean haveMoreThanRows(Signature signature) {
    return signature.inputs().stream().allMatch(input -> input.shape().rank() > 1);
  }

  private static ModelInput input(TensorSpec spec, int rowDimensions, Preprocess preprocess) {
    ImagePreprocess image = preprocess.images().get(spec.name());
    return ModelInput.newBuilder()
        .setName(spec.name())
        .setDataType(DataTypes.toConfig(spec.dtype()))
        .setFormat(image == null ? ModelInput.Format.FORMAT_NONE : format(image.layout()))
        .addAllDims(dims(spec, rowDimensions))
        .build();
  }

  /** Triton's names hold with and without rows; it has none for images without channels. */
  private static ModelInput.Format format(ImageLayout layout) {
    return switch (layout) {
      case NCHW, CHW -> ModelInput.Format.FORMAT_NCHW;
      case NHWC, HWC -> ModelInput.Format.FORMAT_NHWC;
      case NHW, HW -> ModelInput.Format.FORMAT_NONE;
    };
  }

  /** The outputs whose classes have names. */
  private static List<TensorSpec> labelled(ServedVersion served) {
    return served.labels().names().isEmpty()
        ? List.of()
        : ScoreOutputs.among(served.signature().outputs(), served.roles(), served.labels());
  }

  private static ModelOutput output(TensorSpec spec, int rowDimensions, boolean isLabelled) {
    return ModelOutput.newBuilder()
        .setName(spec.name())
        .setDataType(DataTypes.toConfig(spec.dtype()))
        .addAllDims(dims(spec, rowDimensions))
        .setLabelFilename(isLabelled ? LABEL_FILE : "")
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
