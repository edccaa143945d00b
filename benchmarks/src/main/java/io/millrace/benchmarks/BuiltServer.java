package io.millrace.benchmarks;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The server that the scripts have built, as they tell where it is. */
final class BuiltServer {
  @Option(names = "--repository", paramLabel = "DIR", hidden = true, required = true)
  private Path repository = Path.of("");

  @Option(names = "--launcher", paramLabel = "FILE", hidden = true, required = true)
  private Path launcher = Path.of("");

  @Option(names = "--server-cores", paramLabel = "LIST", hidden = true)
  private String cores = "";

  /** Of the models. */
  Path repository() {
    return repository;
  }

  Path launcher() {
    return launcher;
  }

  /** What it is pinned to, as taskset writes it; empty for any. */
  String cores() {
    return cores;
  }
}
