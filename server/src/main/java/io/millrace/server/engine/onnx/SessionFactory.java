package io.millrace.server.engine.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.nio.file.Path;

/**
 * Opens sessions that write nothing to the console. They run on the calling thread; those that ask
 * for more threads get them from the environment's pool, which all such sessions share.
 * Thread-safe.
 */
record SessionFactory(OrtEnvironment environment) {
  OrtSession open(Path modelFile, int threads) throws OrtException {
    try (SessionOptions options = options()) {
      if (threads > 1) {
        options.disablePerSessionThreads();
      }
      return environment.createSession(modelFile.toString(), options);
    }
  }

  /** A session for a {@link TinyModel}; it takes no memory pool of its own. */
  OrtSession open(byte[] tinyModel) throws OrtException {
    try (SessionOptions options = options()) {
      options.setCPUArenaAllocator(false);
      return environment.createSession(tinyModel, options);
    }
  }

  private static SessionOptions options() throws OrtException {
    SessionOptions options = new SessionOptions();
    options.setIntraOpNumThreads(1);
    options.setInterOpNumThreads(1);
    // What fails is told by exceptions; at any other level each failed run also writes a line.
    options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
    return options;
  }
}
