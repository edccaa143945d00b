package io.millrace.server.app;

import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Sample;
import io.millrace.server.model.SampleSource;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.VersionArtifact;
import io.millrace.server.repository.SampleFolder;
import io.millrace.server.repository.SampleFolder.SampleFile;
import io.millrace.server.rest.SampleReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The samples on disk, read as REST reads bodies. Thread-safe.
 *
 * <p>What lies in a version's folder must hold. Beside the versions people have always kept
 * requests, for curl and for other versions: there only those that expect something must hold, and
 * a server passes over the rest if it cannot use them.
 */
final class Samples implements SampleSource {
  private static final Logger log = LoggerFactory.getLogger(Samples.class);

  private final SampleFolder folder = new SampleFolder();
  private final Use use;

  /** Who asks. */
  enum Use {
    /** Passes over what was not meant to be a test. */
    SERVE,
    /** Must hear of all that is amiss. */
    VALIDATE
  }

  Samples(Use use) {
    this.use = use;
  }

  @Override
  public List<Sample> of(VersionArtifact artifact, Signature signature) {
    List<Sample> samples = new ArrayList<>();
    for (SampleFile file : folder.files(artifact)) {
      read(file, signature).ifPresent(samples::add);
    }
    return samples;
  }

  private Optional<Sample> read(SampleFile file, Signature signature) {
    boolean mustHold = file.belongsToVersion() || use == Use.VALIDATE;
    byte[] json = {};
    try {
      json = folder.read(file);
      return SampleReader.read(file.name(), json, signature)
          .map(sample -> mustHold ? sample.required() : sample);
    } catch (ServingException e) {
      String message =
          "sample %s cannot be used: %s".formatted(Quote.of(file.name()), e.getMessage());
      if (mustHold || SampleReader.expects(json)) {
        throw ServingException.refusal(Reason.MODEL_LOAD_FAILED, message);
      }
      log.warn("{}; it is passed over, since nothing is expected of it", message);
      return Optional.empty();
    }
  }
}
