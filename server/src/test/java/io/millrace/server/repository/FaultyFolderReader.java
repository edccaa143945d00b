package io.millrace.server.repository;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The real file system, but paths with these endings fail. */
final class FaultyFolderReader implements FolderReader {
  final Map<String, IOException> faults = new HashMap<>();
  final Map<String, Integer> reads = new HashMap<>();
  boolean crash;
  private final FolderReader real = new DiskFolderReader();

  @Override
  public Path resolve(Path repository) throws IOException {
    return real.resolve(repository);
  }

  @Override
  public List<FileEntry> list(Path folder) throws IOException {
    fail(folder);
    return real.list(folder);
  }

  @Override
  public Optional<FileEntry> find(Path folder, String name) throws IOException {
    fail(folder.resolve(name));
    return real.find(folder, name);
  }

  @Override
  public InputStream open(Path file) throws IOException {
    fail(file);
    reads.merge(String.valueOf(file.getFileName()), 1, Integer::sum);
    return real.open(file);
  }

  private void fail(Path path) throws IOException {
    if (crash) {
      throw new IllegalStateException("a fault of our own");
    }
    for (String ending : faults.keySet()) {
      @Nullable IOException fault = faults.get(ending);
      if (fault != null && path.endsWith(ending)) {
        throw fault;
      }
    }
  }
}
