package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.ModelConfig;
import io.millrace.openinference.ModelConfigRequest;
import io.millrace.openinference.ModelInput;
import io.millrace.openinference.ModelInstanceGroup.Kind;
import io.millrace.openinference.ModelOutput;
import io.millrace.openinference.ModelVersionPolicy.PolicyChoiceCase;
import io.millrace.server.grpc.ModelCatalog.ServedVersion;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ImageLayout;
import io.millrace.server.model.ImagePreprocess;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Preprocess;
import io.millrace.server.model.Scheduling;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionPolicy;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What ModelConfig tells of models of each kind, and by which numbers. */
final class OpenInferenceConfigTest {
  private static final VersionPolicy LATEST = new VersionPolicy.Latest(1);
  private static final Scheduling TOGETHER = new Scheduling(32, Duration.ofMillis(2), 4);
  private static final Signature IMAGES =
      new Signature(
          List.of(TensorSpec.of("image", DataType.FP32, -1, 8, -1)),
          List.of(TensorSpec.of("label", DataType.INT64, -1)));

  private static ServedVersion served(Signature signature, Scheduling scheduling) {
    return served(signature, scheduling, Preprocess.NONE, ClassLabels.NONE);
  }

  private static ServedVersion served(
      Signature signature, Scheduling scheduling, Preprocess preprocess, ClassLabels labels) {
    return new ServedVersion(
        new ModelVersionId("digits", 2),
        signature,
        "onnxruntime",
        "",
        scheduling,
        OutputRoles.NONE,
        preprocess,
        labels);
  }

  private static ModelConfig config(Scheduling scheduling) {
    return OpenInferenceConfig.encode(served(IMAGES, scheduling), LATEST);
  }

  @Test
  void whereRowsRunTogether_theShapesAreToldWithoutThem() {
    ModelConfig config = config(TOGETHER);

    assertThat(config.getName()).isEqualTo("digits");
    assertThat(config.getPlatform()).isEqualTo("onnxruntime_onnx");
    assertThat(config.getBackend()).isEqualTo("onnxruntime");
    assertThat(config.getMaxBatchSize()).isEqualTo(32);
    assertThat(config.getInputList())
        .containsExactly(
            ModelInput.newBuilder()
                .setName("image")
                .setDataType(io.millrace.openinference.DataType.TYPE_FP32)
                .addDims(8)
                .addDims(-1)
                .build());
    assertThat(config.getOutputList())
        .containsExactly(
            ModelOutput.newBuilder()
                .setName("label")
                .setDataType(io.millrace.openinference.DataType.TYPE_INT64)
                .build());
    assertThat(config.getDynamicBatching().getMaxQueueDelayMicroseconds()).isEqualTo(2_000);
    assertThat(config.getDynamicBatching().getPriorityLevels()).isEqualTo(2);
    assertThat(config.getDynamicBatching().getDefaultPriorityLevel()).isEqualTo(2);
    assertThat(config.getInstanceGroupList())
        .singleElement()
        .satisfies(
            group -> {
              assertThat(group.getName()).isEqualTo("digits_0");
              assertThat(group.getKind()).isEqualTo(Kind.KIND_CPU);
              assertThat(group.getCount()).isEqualTo(4);
            });
    assertThat(config.hasModelTransactionPolicy()).isTrue();
    assertThat(config.getModelTransactionPolicy().getDecoupled()).isFalse();
  }

  @Test
  void whereCallsRunAlone_theShapesAreWhole() {
    ModelConfig config = config(Scheduling.ALONE);

    assertThat(config.getMaxBatchSize()).isZero();
    assertThat(config.hasDynamicBatching()).isFalse();
    assertThat(config.getInput(0).getDimsList()).containsExactly(-1L, 8L, -1L);
    assertThat(config.getOutput(0).getDimsList()).containsExactly(-1L);
  }

  /** Triton has no empty dims, and perf_analyzer could give such an input no shape. */
  @Test
  void whereAnInputIsNothingButRows_theShapesAreWhole() {
    Signature ratings =
        new Signature(
            List.of(
                TensorSpec.of("user", DataType.INT64, -1),
                TensorSpec.of("history", DataType.INT64, -1, 8)),
            List.of(TensorSpec.of("rating", DataType.FP32, -1)));

    ModelConfig config = OpenInferenceConfig.encode(served(ratings, TOGETHER), LATEST);

    assertThat(config.getMaxBatchSize()).isZero();
    assertThat(config.hasDynamicBatching()).isFalse();
    assertThat(config.getInput(0).getDimsList()).containsExactly(-1L);
    assertThat(config.getInput(1).getDimsList()).containsExactly(-1L, 8L);
    assertThat(config.getOutput(0).getDimsList()).containsExactly(-1L);
  }

  @ParameterizedTest
  @CsvSource({
    "NCHW, FORMAT_NCHW",
    "CHW, FORMAT_NCHW",
    "NHWC, FORMAT_NHWC",
    "HWC, FORMAT_NHWC",
    "NHW, FORMAT_NONE",
    "HW, FORMAT_NONE"
  })
  void theFormatOfAnImage_isThatOfItsPreprocess(ImageLayout layout, ModelInput.Format format) {
    ImagePreprocess image =
        new ImagePreprocess(
            8,
            8,
            layout,
            ImagePreprocess.Channels.RGB,
            ImagePreprocess.PixelValues.DEFAULT,
            ImagePreprocess.Resizing.DEFAULT,
            64);
    Preprocess preprocess = new Preprocess(Map.of("image", image));
    ServedVersion served = served(IMAGES, TOGETHER, preprocess, ClassLabels.NONE);

    ModelConfig config = OpenInferenceConfig.encode(served, LATEST);

    assertThat(config.getInput(0).getFormat()).isEqualTo(format);
    assertThat(config(TOGETHER).getInput(0).getFormat()).isEqualTo(ModelInput.Format.FORMAT_NONE);
  }

  @Test
  void theOutputWhoseClassesHaveNames_tellsTheirFile() {
    Signature classifier =
        new Signature(
            List.of(TensorSpec.of("x", DataType.FP32, -1, 4)),
            List.of(
                TensorSpec.of("label", DataType.INT64, -1),
                TensorSpec.of("scores", DataType.FP32, -1, 2)));
    ClassLabels labels = new ClassLabels(List.of("cat", "dog"));

    ModelConfig named =
        OpenInferenceConfig.encode(served(classifier, TOGETHER, Preprocess.NONE, labels), LATEST);

    assertThat(named.getOutputList())
        .extracting(ModelOutput::getLabelFilename)
        .containsExactly("", "labels.txt");
    assertThat(OpenInferenceConfig.encode(served(classifier, TOGETHER), LATEST).getOutputList())
        .extracting(ModelOutput::getLabelFilename)
        .containsExactly("", "");
  }

  @Test
  void eachVersionPolicy_isTold() {
    ServedVersion served = served(IMAGES, Scheduling.ALONE);
    VersionPolicy specific = new VersionPolicy.Specific(new TreeSet<>(Set.of(3L, 1L)));

    assertThat(
            OpenInferenceConfig.encode(served, new VersionPolicy.Latest(2))
                .getVersionPolicy()
                .getLatest()
                .getNumVersions())
        .isEqualTo(2);
    assertThat(
            OpenInferenceConfig.encode(served, new VersionPolicy.All())
                .getVersionPolicy()
                .getPolicyChoiceCase())
        .isEqualTo(PolicyChoiceCase.ALL);
    assertThat(
            OpenInferenceConfig.encode(served, specific)
                .getVersionPolicy()
                .getSpecific()
                .getVersionsList())
        .containsExactly(1L, 3L);
  }

  @Test
  void eachType_hasItsOwn() {
    List<TensorSpec> specs =
        Arrays.stream(DataType.values()).map(type -> TensorSpec.of(type.name(), type)).toList();

    ModelConfig config =
        OpenInferenceConfig.encode(
            served(new Signature(specs, List.of()), Scheduling.ALONE), LATEST);

    assertThat(config.getInputList())
        .extracting(input -> input.getName() + " " + input.getDataTypeValue())
        .containsExactly(
            "BOOL 1",
            "UINT8 2",
            "UINT16 3",
            "UINT32 4",
            "UINT64 5",
            "INT8 6",
            "INT16 7",
            "INT32 8",
            "INT64 9",
            "FP16 10",
            "BF16 14",
            "FP32 11",
            "FP64 12",
            "BYTES 13");
  }

  /** The numbers are Triton's; its clients know nothing of our file. */
  @Test
  void bytes_haveTritonsNumbers() {
    WireFields config = WireFields.of(config(TOGETHER).toByteArray());

    assertThat(config.text(1)).isEqualTo("digits");
    assertThat(config.text(2)).isEqualTo("onnxruntime_onnx");
    assertThat(config.message(3).message(1).number(1)).as("latest").isEqualTo(1);
    assertThat(config.number(4)).as("max_batch_size").isEqualTo(32);
    assertThat(config.message(5).text(1)).isEqualTo("image");
    assertThat(config.message(5).number(2)).as("data_type").isEqualTo(11);
    assertThat(config.message(5).packed(4)).as("dims").containsExactly(8L, -1L);
    assertThat(config.message(6).number(2)).as("data_type").isEqualTo(9);
    assertThat(config.message(6).has(3)).as("dims of an output").isFalse();
    assertThat(config.message(7).number(2)).as("count").isEqualTo(4);
    assertThat(config.message(7).number(4)).as("kind").isEqualTo(2);
    assertThat(config.message(11).number(2)).as("max_queue_delay_microseconds").isEqualTo(2_000);
    assertThat(config.text(17)).as("backend").isEqualTo("onnxruntime");
    assertThat(config.has(19)).as("model_transaction_policy").isTrue();
    assertThat(WireFields.of(config(Scheduling.ALONE).toByteArray()).message(6).packed(3))
        .as("dims of an output")
        .containsExactly(-1L);
  }

  @Test
  void aModelThatServes_isDescribed_andOneThatDoesNot_isNotFound() {
    try (RunningDoor door = new RunningDoor()) {
      door.catalog.scheduling = TOGETHER;
      door.catalog.policy = new VersionPolicy.All();
      door.catalog.with("iris", FakeCatalog.version("iris", 3, VersionState.READY));
      var client = GRPCInferenceServiceGrpc.newBlockingStub(door.channel);

      ModelConfig config =
          client
              .modelConfig(ModelConfigRequest.newBuilder().setName("iris").setVersion("3").build())
              .getConfig();
      assertThat(config.getName()).isEqualTo("iris");
      assertThat(config.getInput(0).getDimsList()).containsExactly(4L);
      assertThat(config.getVersionPolicy().hasAll()).isTrue();

      Calls.End unknown =
          Calls.failed(
              () -> client.modelConfig(ModelConfigRequest.newBuilder().setName("rose").build()));
      assertThat(unknown.reason()).isEqualTo("MODEL_NOT_FOUND");
      Calls.End version =
          Calls.failed(
              () ->
                  client.modelConfig(
                      ModelConfigRequest.newBuilder().setName("iris").setVersion("4").build()));
      assertThat(version.reason()).isEqualTo("VERSION_NOT_FOUND");
      assertThat(version.info().orElseThrow().getMetadataMap()).containsEntry("version", "4");
    }
  }
}
