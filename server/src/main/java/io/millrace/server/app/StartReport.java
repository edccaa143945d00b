package io.millrace.server.app;

import io.millrace.server.lifecycle.ModelManager;
import io.millrace.server.lifecycle.ModelStatus;
import io.millrace.server.lifecycle.ServableHandle;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.lifecycle.VersionStatus;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionSelector;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Tells the person at the terminal what is served where, and what to type next.
 *
 * @param address of the gRPC port
 * @param reflection whether grpcurl can ask what there is
 * @param metrics where Prometheus reads
 */
record StartReport(
    PrintStream out,
    ModelManager manager,
    Path repository,
    String address,
    boolean reflection,
    RestDoor rest,
    String metrics) {
  private static final String PREDICT = "millrace.v1.PredictionService/Predict";

  /** Before the models are loaded. */
  void listening(String version) {
    out.printf("Millrace %s%n", version);
    out.printf("gRPC    %s%n", address);
    if (!rest.state().isEmpty()) {
      out.printf("REST    %s%n", rest.state());
    }
    out.printf("metrics %s%n", metrics);
    out.printf("models  %s%n", repository);
  }

  /** Once each version serves or has failed. */
  void ready(long millis) {
    List<ModelStatus> models = manager.models();
    out.println();
    models.forEach(this::model);
    out.printf("%nReady after %.1f s. Try:%n", millis / 1000.0);
    hints(models);
    out.println("Drop a new version folder into the repository and it goes live. Ctrl-C stops.");
    out.flush();
  }

  private void hints(List<ModelStatus> models) {
    if (models.isEmpty()) {
      out.printf("  put a model into %s%n", repository.resolve("NAME/1/model.onnx"));
    }
    if (rest.isOpen()) {
      out.println("  curl " + sample(models, "predict.json").map(this::predict).orElse(list()));
    }
    if (reflection) {
      out.printf("  grpcurl -plaintext %s list%n", address);
      sample(models, "request.json").ifPresent(this::grpcurl);
    } else {
      out.println(
          "  a program with generated stubs; grpcurl needs --reflection or the files in proto/");
    }
  }

  private String list() {
    return rest.state() + "/v1/models";
  }

  private String predict(Sample sample) {
    return "-d @%s %s/%s:predict".formatted(sample.file(), list(), sample.model());
  }

  private void grpcurl(Sample sample) {
    out.printf("  grpcurl -plaintext -d @ %s %s < %s%n", address, PREDICT, sample.file());
  }

  private void model(ModelStatus model) {
    for (VersionStatus version : model.versions()) {
      out.printf(
          "  %-20s %-8s %s%n",
          model.model() + "/" + version.id().version(), version.state(), details(version));
    }
  }

  private String details(VersionStatus version) {
    if (version.problem().isPresent()) {
      return version.problem().get().getMessage();
    }
    return version.state() == VersionState.READY ? served(version) : "";
  }

  private String served(VersionStatus version) {
    VersionSelector selector = new VersionSelector.ByNumber(version.id().version());
    try (ServableHandle handle = manager.acquire(version.id().model(), selector)) {
      return "%-11s  %s"
          .formatted(handle.servable().engine(), SignatureText.of(handle.servable().signature()));
    } catch (ServingException e) {
      // Unloaded since the status was read.
      return "";
    }
  }

  private record Sample(String model, Path file) {}

  /** A request for a model that serves. */
  private Optional<Sample> sample(List<ModelStatus> models, String file) {
    return models.stream()
        .filter(model -> model.versions().stream().anyMatch(v -> v.state() == VersionState.READY))
        .map(ModelStatus::model)
        .map(name -> new Sample(name, repository.resolve(name).resolve("samples").resolve(file)))
        .filter(sample -> Files.isRegularFile(sample.file()))
        .findFirst();
  }
}
