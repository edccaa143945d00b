package io.millrace.server.model;

import java.util.Arrays;
import java.util.Optional;

/**
 * The formats that can be served; the file's name in the version folder tells which one a version
 * has.
 */
public enum ModelFormat {
  ONNX("model.onnx", "onnxruntime"),
  TORCHSCRIPT("model.pt", "pytorch");

  private final String fileName;
  private final String engine;

  ModelFormat(String fileName, String engine) {
    this.fileName = fileName;
    this.engine = engine;
  }

  public String fileName() {
    return fileName;
  }

  /** The name of the engine that runs the format, as in {@code config.yaml} and in responses. */
  public String engine() {
    return engine;
  }

  public static Optional<ModelFormat> ofFileName(String fileName) {
    return Arrays.stream(values()).filter(f -> f.fileName.equals(fileName)).findFirst();
  }
}
