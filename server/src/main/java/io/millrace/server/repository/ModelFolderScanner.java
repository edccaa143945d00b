package io.millrace.server.repository;

import io.millrace.server.config.ConfigProblems;
import io.millrace.server.config.Problem;
import io.millrace.server.config.YamlMapping;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.Quote;
import io.millrace.server.repository.FileEntry.Kind;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** Looks through one model's folder: its versions, its {@code config.yaml}, and what is amiss. */
final class ModelFolderScanner {
  /** Folders that belong to the making of a model, not to its serving. */
  static final Set<String> IGNORED_FOLDERS = Set.of(SampleFolder.NAME, "__pycache__");

  private final FolderReader folders;
  private final VersionFolderScanner versionFolders;
  private final String model;
  private final List<VersionFolder> versions = new ArrayList<>();
  private final List<Problem> strays = new ArrayList<>();
  private ConfigFile config = ConfigFile.ABSENT;
  private String samples = "";

  private ModelFolderScanner(VersionFolderScanner versionFolders, String model) {
    this.folders = versionFolders.folders();
    this.versionFolders = versionFolders;
    this.model = model;
  }

  /**
   * The model in a folder.
   *
   * @param known its settings at the last scan, taken again if the file is the same
   */
  static ModelScan scan(VersionFolderScanner versions, FileEntry folder, ConfigFile known) {
    return new ModelFolderScanner(versions, folder.name()).scan(folder, known);
  }

  private ModelScan scan(FileEntry folder, ConfigFile known) {
    if (folder.kind() == Kind.LINK) {
      return new ModelScan.Unreadable(
          model,
          new Problem(
              model,
              "is a symbolic link",
              "put the folder itself there, or set allow_links: true or --allow-links; without it"
                  + " only the repository as a whole may be a link"));
    }
    try {
      folders.list(folder.path()).forEach(entry -> sort(entry, known));
    } catch (NoSuchFileException deletedMeanwhile) {
      return new ModelScan.Folder(model, ConfigFile.ABSENT, List.of(), List.of());
    } catch (IOException e) {
      return new ModelScan.Unreadable(model, ReadFailure.problem(model, e));
    }
    return new ModelScan.Folder(model, config, versions, strays, samples);
  }

  private void sort(FileEntry entry, ConfigFile known) {
    OptionalLong number = VersionNumber.parse(entry.name());
    if (entry.isHidden()) {
      return;
    }
    if (entry.name().equals(ConfigFile.NAME)) {
      config = config(entry, known);
    } else if (number.isPresent() && (entry.isFolder() || entry.kind() == Kind.LINK)) {
      String place = model + "/" + entry.name();
      versions.add(versionFolders.scan(place, number.getAsLong(), entry));
    } else if (entry.isFolder() && entry.name().equals(SampleFolder.NAME)) {
      samples = SampleFolder.fingerprint(folders, entry);
    } else if (entry.isFolder() || entry.kind() == Kind.LINK) {
      strayFolder(entry);
    } else {
      strayFile(entry.name());
    }
  }

  private void strayFolder(FileEntry entry) {
    if (entry.kind() == Kind.LINK) {
      stray(
          "the symbolic link " + Quote.of(entry.name()) + " is not followed",
          "remove it; a label in config.yaml can name a version");
    } else if (!IGNORED_FOLDERS.contains(entry.name())) {
      stray(
          "the folder " + Quote.of(entry.name()) + " is not a version",
          "name it by a whole number of 1 to 18 digits without leading zeros, or begin its name"
              + " with a dot");
    }
  }

  private void strayFile(String name) {
    if (ModelFormat.ofFileName(name).isPresent()) {
      stray("holds %s outside of a version".formatted(name), "move it into %s/1/".formatted(model));
    } else if (name.equalsIgnoreCase(ConfigFile.NAME) || name.equalsIgnoreCase("config.yml")) {
      stray(Quote.of(name) + " is not read", "name it config.yaml");
    }
  }

  private void stray(String fault, String remedy) {
    strays.add(new Problem(model, fault, remedy));
  }

  private ConfigFile config(FileEntry entry, ConfigFile known) {
    String file = model + "/" + ConfigFile.NAME;
    if (entry.kind() != Kind.FILE) {
      Problem problem = new Problem(file, "is not a plain file", "put the file itself there");
      return badConfig(entry, problem, entry.stamp());
    }
    if (known.fingerprint().equals(entry.stamp())) {
      return known;
    }
    try {
      byte[] content = folders.read(entry.path(), YamlMapping.MAX_BYTES);
      ConfigProblems problems = new ConfigProblems();
      ModelSettings settings = ModelConfigParser.parse(file, content, problems);
      return new ConfigFile(settings, problems.list(), entry.stamp(), entry.modified());
    } catch (IOException e) {
      // Another fingerprint than the file's own, so that the next scan tries again.
      return badConfig(entry, ReadFailure.problem(file, e), entry.stamp() + " unread");
    }
  }

  private static ConfigFile badConfig(FileEntry entry, Problem problem, String fingerprint) {
    return new ConfigFile(ModelSettings.DEFAULT, List.of(problem), fingerprint, entry.modified());
  }
}
