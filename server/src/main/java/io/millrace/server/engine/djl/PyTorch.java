package io.millrace.server.engine.djl;

import ai.djl.engine.Engine;
import ai.djl.util.Platform;
import ai.djl.util.Utils;
import io.millrace.server.engine.EngineText;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Starts PyTorch: unpacks half a gigabyte of libraries the first time, loads them each time. */
final class PyTorch {
  static final String ENGINE = "PyTorch";

  private static final String ABSENT =
      "this server was built without PyTorch, so it serves ONNX files only; export the model to"
          + " ONNX, or build the server with PyTorch";

  private PyTorch() {}

  /**
   * Returns when PyTorch runs; quick if it does already.
   *
   * @throws ServingException with MODEL_LOAD_FAILED if it is not there or does not start
   */
  static synchronized void start() {
    try {
      if (isAbsent()) {
        throw ServingException.refusal(Reason.MODEL_LOAD_FAILED, ABSENT);
      }
      startAlone();
    } catch (ServingException e) {
      throw e;
    } catch (IOException | RuntimeException | LinkageError | AssertionError e) {
      throw ServingException.failure(
          Reason.MODEL_LOAD_FAILED, "PyTorch did not start: " + EngineText.of(e), e);
    }
  }

  /** One process at a time: DJL deletes what another has just begun to unpack. */
  private static void startAlone() throws IOException {
    Path cache = Utils.getEngineCacheDir();
    Files.createDirectories(cache);
    try (FileChannel lock =
        FileChannel.open(
            cache.resolve("pytorch.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      lock.lock();
      Engine.getEngine(ENGINE);
    }
  }

  /** DJL would download what is missing, or fail to, being offline. */
  private static boolean isAbsent() {
    return !Engine.hasEngine(ENGINE)
        || (Utils.getEnvOrSystemProperty("PYTORCH_LIBRARY_PATH") == null
            && Platform.detectPlatform("pytorch").isPlaceholder());
  }
}
