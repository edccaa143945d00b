package io.millrace.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A model of 50 MB, each version of which answers with its own number. make_models.py makes the one
 * that all are copies of.
 */
final class StampedModel {
  static final String NAME = "stamped";

  /** What stands where the number goes. */
  private static final float STAMP = 1_234_567;

  static final String FILE = "model.onnx";

  private final byte[] model;
  private final int place;

  private StampedModel(byte[] model, int place) {
    this.model = model;
    this.place = place;
  }

  /**
   * Reads it.
   *
   * @param models where make_models.py has put it
   */
  static StampedModel read(Path models) throws IOException {
    byte[] model = Files.readAllBytes(models.resolve("." + NAME).resolve("1").resolve(FILE));
    int place = find(model, number(STAMP), 0);
    if (place < 0 || find(model, number(STAMP), place + 1) >= 0) {
      throw new IOException("the place of the number in " + NAME + " is not the only one");
    }
    return new StampedModel(model, place);
  }

  private static byte[] number(float value) {
    return ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array();
  }

  private static int find(byte[] bytes, byte[] part, int from) {
    for (int i = from; i <= bytes.length - part.length; i++) {
      if (ByteBuffer.wrap(bytes, i, part.length).equals(ByteBuffer.wrap(part))) {
        return i;
      }
    }
    return -1;
  }

  /** Puts a version into a repository, complete from the moment on at which it is seen. */
  void drop(Path repository, long version) throws IOException {
    drop(repository, version, folder -> write(folder, version));
  }

  /** Fills the folder of a version. */
  interface Filling {
    void fill(Path folder) throws IOException;
  }

  /** Puts a version of any content into a repository, in one step. */
  static void drop(Path repository, long version, Filling filling) throws IOException {
    Path staged = Files.createDirectories(repository.resolve("." + NAME + "-" + version));
    filling.fill(staged);
    Path folder = Files.createDirectories(repository.resolve(NAME));
    Files.move(staged, folder.resolve(Long.toString(version)));
  }

  /** Writes a version's file into a folder that has none yet. */
  Path write(Path folder, long version) throws IOException {
    Path written = folder.resolve(FILE);
    try (FileChannel file =
        FileChannel.open(written, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (ByteBuffer all = ByteBuffer.wrap(model); all.hasRemaining(); ) {
        file.write(all);
      }
      file.write(ByteBuffer.wrap(number((float) version)), place);
    }
    return written;
  }
}
