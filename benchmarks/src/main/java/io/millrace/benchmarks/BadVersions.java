package io.millrace.benchmarks;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/**
 * Drops versions of {@link StampedModel} that cannot be served. The server is to have the bounds
 * that {@link ReloadSuite} gives it.
 *
 * @param models where make_models.py has put them
 */
record BadVersions(Path models, StampedModel model, Path repository) {
  /** What all versions but those of another signature have. */
  private static final String CONFIG =
      "inputs: [{name: %s, dtype: FP32, shape: [-1, 3]}]%n".formatted(RawModel.INPUT);

  private static final int NOISE_BYTES = 1 << 20;

  /** Takes some seconds. */
  private static final int LONG_ROWS = 10_000;

  private static final long LARGE_BYTES = 8L << 30;

  /** Says what each version must be like. */
  void configure() throws IOException {
    Path folder = Files.createDirectories(repository.resolve(StampedModel.NAME));
    Files.writeString(folder.resolve("config.yaml"), CONFIG);
  }

  void drop(BadVersion kind, long number) throws IOException {
    StampedModel.drop(repository, number, folder -> fill(kind, folder, number));
  }

  private void fill(BadVersion kind, Path folder, long number) throws IOException {
    switch (kind) {
      case TRUNCATED -> cut(model.write(folder, number));
      case NOISE -> Files.write(folder.resolve(StampedModel.FILE), noise(number));
      case OTHER_SIGNATURE -> copy(Workload.MLP.model(), folder);
      case WRONG_ANSWER -> {
        model.write(folder, number);
        sample(folder, "{\"instances\": [[0, 0, 0]], \"expected\": {\"predictions\": [[-1]]}}");
      }
      case SLOW_LOAD -> {
        model.write(folder, number);
        String rows = "[0,0,0],".repeat(LONG_ROWS - 1) + "[0,0,0]";
        sample(folder, "{\"instances\": [" + rows + "]}");
      }
      case TOO_LARGE -> {
        model.write(folder, number);
        enlarge(folder.resolve("weights.bin"));
      }
      case CRASH -> copy(".crashes", folder);
    }
  }

  private static void cut(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() / 2);
    }
  }

  private static byte[] noise(long seed) {
    byte[] bytes = new byte[NOISE_BYTES];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private void copy(String from, Path folder) throws IOException {
    Files.copy(
        models.resolve(from).resolve("1").resolve(StampedModel.FILE),
        folder.resolve(StampedModel.FILE));
  }

  private static void sample(Path folder, String json) throws IOException {
    Path samples = Files.createDirectory(folder.resolve("samples"));
    Files.writeString(samples.resolve("sample.json"), json);
  }

  /** Takes no room on the disk. */
  private static void enlarge(Path file) throws IOException {
    try (RandomAccessFile hole = new RandomAccessFile(file.toFile(), "rw")) {
      hole.setLength(LARGE_BYTES);
    }
  }
}
