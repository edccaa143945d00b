package io.millrace.server.conformance;

import io.millrace.server.model.DataType;
import io.millrace.server.model.ModelFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The repository of the suite, which the server serves and the engine itself runs. */
record ModelFolder(Path path) {
  static final String SUM_AND_DIFFERENCE = "add-sub";

  /** Its {@code x} has two columns. */
  static final String TWO_COLUMNS = "two-columns";

  /** Counts to {@code steps}, one by one. */
  static final String SLOW = "slow";

  static final String BROKEN = "broken";
  static final String UNLOADED = "unloaded";
  static final int MAX_RANK = 4;

  private static final Path FIXTURES = Path.of("src/test/models");

  /** Gives back what it takes. */
  static String identity(DataType dtype, int rank) {
    return "identity-%s-%d".formatted(dtype.name().toLowerCase(Locale.ROOT), rank);
  }

  /** Models for each type and rank, one that computes, and those that make trouble. */
  void fill() {
    for (DataType dtype : DataType.values()) {
      for (int rank = 0; rank <= MAX_RANK; rank++) {
        write(identity(dtype, rank), OnnxFile.identity(dtype, rank));
      }
    }
    write(SUM_AND_DIFFERENCE, fixture("add-sub"));
    write(TWO_COLUMNS, fixture("constant-version-1"));
    write(SLOW, fixture("slow"));
    write(BROKEN, new byte[] {1, 2, 3});
    write(UNLOADED, OnnxFile.identity(DataType.FP32, 1));
  }

  Path file(String model) {
    return path.resolve(model).resolve("1").resolve(ModelFormat.ONNX.fileName());
  }

  private void write(String model, byte[] onnx) {
    try {
      Files.createDirectories(file(model).getParent());
      Files.write(file(model), onnx);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] fixture(String name) {
    try {
      return Files.readAllBytes(FIXTURES.resolve(name + ".onnx"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
