package io.millrace.server.app;

import io.millrace.server.engine.EngineRegistry;
import io.millrace.server.engine.djl.TorchScriptEngine;
import io.millrace.server.engine.onnx.OnnxEngine;
import java.nio.file.Path;
import java.util.List;

/** The engines in this build. None of them loads native code before its first model. */
final class Engines {
  private Engines() {}

  static EngineRegistry all(Path cacheDirectory) {
    return new EngineRegistry(List.of(new OnnxEngine(cacheDirectory), new TorchScriptEngine()));
  }
}
