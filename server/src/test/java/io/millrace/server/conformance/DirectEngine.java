package io.millrace.server.conformance;

import io.millrace.server.engine.Fixtures;
import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.engine.onnx.OnnxEngine;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.TensorSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The engine without a server: each call by itself, on the calling thread, on the file that the
 * server serves. Confined to the thread of the tests.
 */
final class DirectEngine implements AutoCloseable {
  private final OnnxEngine engine = new OnnxEngine(Fixtures.CACHE);
  private final ModelFolder folder;
  private final Map<String, Loaded> models = new HashMap<>();

  DirectEngine(ModelFolder folder) {
    this.folder = folder;
  }

  private record Loaded(LoadedModel model, ModelInstance instance) {}

  List<Output> run(Call call) {
    List<String> outputs =
        call.outputs().isEmpty()
            ? outputs(call.model()).stream().map(TensorSpec::name).toList()
            : call.outputs();
    return Fixtures.run(
            loaded(call.model()).instance(),
            call.inputs().stream().map(Input::tensor).toList(),
            outputs)
        .stream()
        .map(Output::of)
        .toList();
  }

  List<TensorSpec> outputs(String model) {
    return loaded(model).model().signature().outputs();
  }

  private Loaded loaded(String name) {
    return models.computeIfAbsent(
        name,
        missing -> {
          LoadedModel model =
              engine.load(
                  Fixtures.artifact(ModelFormat.ONNX, folder.file(name), ModelConfig.DERIVED));
          return new Loaded(model, model.newInstance());
        });
  }

  @Override
  public void close() {
    for (Loaded loaded : models.values()) {
      loaded.instance().close();
      loaded.model().close();
    }
  }
}
