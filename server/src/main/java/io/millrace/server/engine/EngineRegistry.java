package io.millrace.server.engine;

import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Knows the engine for each format. Immutable. */
public final class EngineRegistry {
  private final Map<ModelFormat, Engine> engines = new EnumMap<>(ModelFormat.class);

  public EngineRegistry(List<Engine> engines) {
    engines.forEach(engine -> this.engines.put(engine.format(), engine));
  }

  /**
   * The engine that runs the format.
   *
   * @throws ServingException with MODEL_LOAD_FAILED if there is none
   */
  public Engine forFormat(ModelFormat format) {
    Engine engine = engines.get(format);
    if (engine == null) {
      throw ServingException.refusal(
          Reason.MODEL_LOAD_FAILED, "this server has no engine for %s files".formatted(format));
    }
    return engine;
  }
}
