package io.millrace.server.grpc;

import io.millrace.server.lifecycle.ModelAdmin;
import io.millrace.server.lifecycle.ModelAdmin.LabelOrder;
import io.millrace.server.lifecycle.ModelAdmin.Manner;
import io.millrace.server.lifecycle.ModelAdmin.Order;
import io.millrace.v1.LoadModelRequest;
import io.millrace.v1.ModelOperationResponse;
import io.millrace.v1.ReloadModelRequest;
import io.millrace.v1.SetLabelRequest;
import io.millrace.v1.SetLabelResponse;
import io.millrace.v1.UnloadModelRequest;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;

/** The calls of {@code millrace.v1.ModelService} that change something. Thread-safe. */
record AdminCalls(ModelAdmin admin) {
  CompletionStage<ModelOperationResponse> load(LoadModelRequest request) {
    return admin
        .load(
            order(
                request.getName(),
                request.getVersion(),
                manner(request.getDryRun(), request.getWait())))
        .thenApply(AdminCalls::encode);
  }

  CompletionStage<ModelOperationResponse> unload(UnloadModelRequest request) {
    return admin
        .unload(
            order(
                request.getName(),
                request.getVersion(),
                manner(request.getDryRun(), request.getWait())))
        .thenApply(AdminCalls::encode);
  }

  CompletionStage<ModelOperationResponse> reload(ReloadModelRequest request) {
    return admin
        .reload(order(request.getName(), 0, manner(request.getDryRun(), request.getWait())))
        .thenApply(AdminCalls::encode);
  }

  CompletionStage<SetLabelResponse> setLabel(SetLabelRequest request) {
    RequestFields.modelName("name", request.getName());
    var unused = RequestFields.label("label", request.getLabel());
    unused = RequestFields.version("version", request.getVersion());
    return admin
        .setLabel(
            new LabelOrder(
                request.getName(),
                request.getLabel(),
                request.getVersion(),
                request.hasExpectedVersion()
                    ? OptionalLong.of(request.getExpectedVersion())
                    : OptionalLong.empty()))
        .thenApply(labels -> SetLabelResponse.newBuilder().putAllLabels(labels).build());
  }

  private static Order order(String name, long version, Manner manner) {
    RequestFields.modelName("name", name);
    if (version == 0) {
      return new Order(name, OptionalLong.empty(), manner);
    }
    var unused = RequestFields.version("version", version);
    return new Order(name, OptionalLong.of(version), manner);
  }

  private static Manner manner(boolean dryRun, boolean wait) {
    if (dryRun) {
      return Manner.DRY_RUN;
    }
    return wait ? Manner.WHEN_SETTLED : Manner.AT_ONCE;
  }

  private static ModelOperationResponse encode(ModelAdmin.Outcome outcome) {
    return ModelOperationResponse.newBuilder()
        .addAllModelVersionStatus(
            outcome.versions().stream().map(VersionStatusCodec::encode).toList())
        .addAllPlanned(outcome.planned())
        .build();
  }
}
