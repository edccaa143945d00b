package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ModelName;
import io.millrace.server.model.Quote;
import io.millrace.server.repository.FileEntry.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Walks {@code <repository>/<model>/<version>/} and tells what is there. It looks at names, sizes
 * and times, and reads no file but a {@code config.yaml} or {@code manifest.json} that changed.
 * Confined to one thread.
 *
 * <p>The repository's own path may be a link, which is followed anew at each scan; nothing below it
 * may be, unless the settings allow links. Entries that begin with a dot, plain files beside models
 * and versions, and the folders {@code samples}, {@code __pycache__} and {@code lost+found} are
 * ignored.
 */
final class RepositoryScanner {
  private static final String PLACE = "repository";
  private static final String FILE_SYSTEM_FOLDER = "lost+found";
  private static final String MOVED = "its links move while it is read";

  private final Path repository;

  /** What vanishes under a scan because its link has moved is looked for where the link leads. */
  private static final int MAX_TRIES = 3;

  private final FolderReader folders;
  private final ManifestFiles manifests;
  private final ManifestRule rule;
  private Map<String, ConfigFile> configs = Map.of();

  RepositoryScanner(Path repository, FolderReader folders, ManifestRule rule) {
    this.repository = repository;
    this.folders = folders;
    this.manifests = new ManifestFiles(folders);
    this.rule = rule;
  }

  RepositoryScanner(Path repository, FolderReader folders) {
    this(repository, folders, ManifestRule.OPTIONAL);
  }

  static RepositoryScanner of(RepositoryOptions options) {
    return new RepositoryScanner(options.path(), options.folders(), options.manifestRule());
  }

  RepositoryScan scan() {
    manifests.beginScan();
    try {
      for (int i = 0; i < MAX_TRIES; i++) {
        FolderReader reader = folders.anew();
        Path real = reader.resolve(repository);
        RepositoryScan.Snapshot snapshot = scan(reader.list(real));
        if (reader.linksStand() && reader.resolve(repository).equals(real)) {
          return snapshot;
        }
      }
      throw new IOException(MOVED);
    } catch (IOException e) {
      return new RepositoryScan.Unreadable(
          ReadFailure.problem(PLACE + " " + Quote.of(repository.toString()), e));
    }
  }

  /** One model alone; empty if its folder is not there. */
  Optional<ModelScan> scan(String model) throws IOException {
    manifests.beginScan();
    return folders.list(folders.resolve(repository)).stream()
        .filter(entry -> entry.name().equals(model))
        .findFirst()
        .map(this::model);
  }

  private RepositoryScan.Snapshot scan(List<FileEntry> entries) {
    RepositoryScan.Snapshot snapshot = snapshot(entries);
    return isOneModel(entries, snapshot.models())
        ? new RepositoryScan.Snapshot(List.of(), List.of(oneModel()), false)
        : snapshot;
  }

  /** Whether what was taken for models without versions are the versions of one model. */
  private boolean isOneModel(List<FileEntry> entries, List<ModelScan> models) {
    return !models.isEmpty()
        && models.stream().allMatch(RepositoryScanner::mayBeVersion)
        && entries.stream().filter(this::isCandidate).anyMatch(this::holdsModelFile);
  }

  private static boolean mayBeVersion(ModelScan model) {
    return VersionNumber.parse(model.model()).isPresent()
        && model instanceof ModelScan.Folder folder
        && folder.versions().isEmpty();
  }

  private boolean holdsModelFile(FileEntry entry) {
    try {
      return entry.isFolder()
          && folders.list(entry.path()).stream()
              .anyMatch(file -> ModelFormat.ofFileName(file.name()).isPresent());
    } catch (IOException e) {
      return false;
    }
  }

  /** Advice for a model that lies wrong would tear this one apart. */
  private Problem oneModel() {
    Path parent = repository.getParent();
    Path above = parent == null ? repository.toAbsolutePath().normalize().getParent() : parent;
    return new Problem(
        PLACE + " " + Quote.of(repository.toString()),
        "looks like the folder of one model, since its folders are versions",
        "give its parent: " + Quote.of(String.valueOf(above)));
  }

  private RepositoryScan.Snapshot snapshot(List<FileEntry> entries) {
    List<ModelScan> models = new ArrayList<>();
    List<Problem> strays = new ArrayList<>();
    for (FileEntry entry : entries) {
      if (!isCandidate(entry)) {
        continue;
      }
      if (ModelName.isValid(entry.name())) {
        models.add(model(entry));
      } else {
        strays.add(stray(entry));
      }
    }
    remember(models);
    return new RepositoryScan.Snapshot(models, strays, entries.stream().allMatch(this::isNothing));
  }

  private ModelScan model(FileEntry entry) {
    ConfigFile known = configs.getOrDefault(entry.name(), ConfigFile.ABSENT);
    for (int i = 0; i < MAX_TRIES; i++) {
      FolderReader reader = folders.anew();
      ModelScan scan =
          ModelFolderScanner.scan(new VersionFolderScanner(reader, manifests, rule), entry, known);
      if (reader.linksStand()) {
        return scan;
      }
    }
    return new ModelScan.Unreadable(
        entry.name(), ReadFailure.problem(entry.name(), new IOException(MOVED)));
  }

  private void remember(List<ModelScan> models) {
    Map<String, ConfigFile> found = new HashMap<>();
    for (ModelScan model : models) {
      if (model instanceof ModelScan.Folder folder) {
        found.put(folder.model(), folder.config());
      }
    }
    configs = found;
  }

  private boolean isCandidate(FileEntry entry) {
    return (entry.isFolder() || entry.kind() == Kind.LINK)
        && !isNothing(entry)
        && !ModelFolderScanner.IGNORED_FOLDERS.contains(entry.name());
  }

  private boolean isNothing(FileEntry entry) {
    return entry.isHidden() || entry.name().equals(FILE_SYSTEM_FOLDER);
  }

  private static Problem stray(FileEntry entry) {
    return new Problem(
        PLACE,
        "the folder " + Quote.of(entry.name()) + " is not a model",
        ModelName.RULE + "; to have it ignored, begin its name with a dot");
  }
}
