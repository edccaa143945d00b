package io.millrace.server.engine;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the frameworks are told by system properties before any class of theirs loads: stay off the
 * network, keep their files in our cache, start no threads of their own. A property or environment
 * variable that the operator sets keeps its value.
 */
public final class EngineSettings {
  private EngineSettings() {}

  /**
   * Sets the properties. Call it once, first of all: DJL reads some of them when its classes load.
   *
   * @param cacheDirectory where the frameworks unpack their native libraries; made when needed
   */
  public static void apply(Path cacheDirectory) {
    properties(cacheDirectory.toAbsolutePath().toString())
        .forEach((name, value) -> System.getProperties().putIfAbsent(name, value));
  }

  private static Map<String, String> properties(String cache) {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("ai.djl.offline", "true");
    // Else DJL asks for the instance id of a cloud machine and reports it home.
    properties.put("OPT_OUT_TRACKING", "true");
    properties.put("DJL_CACHE_DIR", cache);
    properties.put("ENGINE_CACHE_DIR", cache);
    // Else loading an ONNX model starts PyTorch as well, if it is there.
    properties.put("ai.djl.onnx.disable_alternative", "true");
    // The one pool of all models that ask for several threads. It cannot be made later, and its
    // threads sleep while there is none; all other models run on their instances' own threads.
    int cores = Runtime.getRuntime().availableProcessors();
    properties.put("ai.djl.onnxruntime.num_threads", Integer.toString(cores));
    properties.put("ai.djl.onnxruntime.num_interop_threads", "1");
    properties.put("ai.djl.pytorch.num_threads", "1");
    properties.put("ai.djl.pytorch.num_interop_threads", "1");
    return properties;
  }
}
