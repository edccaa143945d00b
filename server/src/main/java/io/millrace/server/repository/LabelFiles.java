package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.repository.FileEntry.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the {@code labels.txt} of a version: in its folder, where it is a part of the version like
 * any other file, or else beside the versions, for all of them. Thread-safe.
 */
record LabelFiles(VersionLookup lookup) {
  private static final Logger log = LoggerFactory.getLogger(LabelFiles.class);

  /**
   * What the version calls its classes. One in its folder that is bad fails the load, so that the
   * version before goes on with its names; one beside the versions is passed over, for an edit of
   * it must not keep a whole model from serving. Blocks.
   *
   * @param version its folder, after all links
   * @throws ServingException with MODEL_LOAD_FAILED
   */
  ClassLabels of(ModelVersionId id, Path version) {
    LabelFile own = read(lookup.folders().anew(), id.toString(), version);
    if (own instanceof LabelFile.Good good) {
      return good.labels();
    } else if (own instanceof LabelFile.Bad bad) {
      throw ServingException.refusal(Reason.MODEL_LOAD_FAILED, bad.problem().toString());
    }
    LabelFile beside = beside(id.model());
    if (beside instanceof LabelFile.Bad bad) {
      log.warn("{} names no classes: {}", id, bad.problem());
    }
    return beside instanceof LabelFile.Good good ? good.labels() : ClassLabels.NONE;
  }

  /** What is wrong with the one beside the versions of a model. */
  Optional<Problem> problem(String model) {
    return beside(model) instanceof LabelFile.Bad bad
        ? Optional.of(bad.problem())
        : Optional.empty();
  }

  private LabelFile beside(String model) {
    FolderReader folders = lookup.folders().anew();
    try {
      return read(folders, model, lookup.model(folders, model).path());
    } catch (IOException e) {
      return new LabelFile.Bad(ReadFailure.problem(model, e));
    }
  }

  private static LabelFile read(FolderReader folders, String place, Path folder) {
    String name = place + "/" + LabelFile.NAME;
    try {
      Optional<FileEntry> file = folders.find(folder, LabelFile.NAME);
      if (file.isEmpty()) {
        return new LabelFile.Absent();
      }
      return file.get().kind() == Kind.FILE
          ? LabelParser.parse(name, folders.read(file.get().path(), LabelParser.MAX_BYTES))
          : new LabelFile.Bad(
              new Problem(name, "is not a plain file", "put the file itself there"));
    } catch (IOException e) {
      return new LabelFile.Bad(ReadFailure.problem(name, e));
    }
  }
}
