package io.millrace.server.app;

import io.millrace.server.repository.VersionPackager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code millrace package}: writes the manifests of versions where they lie. */
@Command(
    name = "package",
    description = "Write the manifest of a version, which makes it complete at once",
    footerHeading = "%nExit code: ",
    footer = "0 if each version has its manifest, 1 if one was refused.")
final class PackageCommand implements Callable<Integer> {
  private final StopSignal stop;

  @Mixin private final RepositoryFlags flags = new RepositoryFlags();

  @Parameters(
      index = "0",
      paramLabel = "DIR",
      description = "folder of a version, of a model or of a repository, for all versions in it")
  private Path folder = Path.of("");

  PackageCommand(StopSignal stop) {
    this.stop = stop;
  }

  @Override
  public Integer call() throws IOException {
    stop.endsTheProcess();
    List<Path> versions = VersionPackager.versionsIn(folder);
    VersionPackager packager = new VersionPackager(flags.options(folder.toString()));
    boolean allGood = true;
    for (Path version : versions) {
      allGood &= isPacked(packager, version);
    }
    return allGood ? Main.EXIT_OK : Main.EXIT_FAILURE;
  }

  /** One version that is refused keeps none of the others from being packaged. */
  private static boolean isPacked(VersionPackager packager, Path version) {
    try {
      System.out.printf("%s  %s%n", version, packager.pack(version));
      return true;
    } catch (IOException e) {
      System.err.println("millrace: " + e.getMessage());
      return false;
    }
  }
}
