package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ModelName;
import io.millrace.server.model.Quote;
import io.millrace.server.repository.VersionFolder.Usable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Copies models into a repository, each as a new version that is there as a whole or not at all.
 * Confined to one thread.
 */
public final class ModelPush {
  /** More pushes at a time do not take the same number from each other. */
  private static final int MAX_TRIES = 100;

  private final Path repository;
  private final FolderReader folders;
  private final BooleanSupplier cancelled;

  /**
   * @param options where to, and whether links are followed in what is copied
   * @param cancelled asked often; once it says so, a push under way fails and leaves nothing
   */
  public ModelPush(RepositoryOptions options, BooleanSupplier cancelled) {
    this.repository = options.path();
    this.folders = options.folders();
    this.cancelled = cancelled;
  }

  /**
   * What to push.
   *
   * @param source a model's file, or a folder as a version's is
   * @param version empty for the one after the highest
   */
  public record Order(Path source, String model, OptionalLong version) {}

  /** What became of it. */
  public record Pushed(Path folder, String digest) {}

  /**
   * Copies a version.
   *
   * @throws IOException if a server would refuse it, the version exists, or it cannot be written
   */
  public Pushed push(Order order) throws IOException {
    refuseNonsense(order);
    try {
      return pushed(order);
    } catch (FileSystemException e) {
      throw DiskFailure.inWords(e);
    }
  }

  private static void refuseNonsense(Order order) throws IOException {
    if (!ModelName.isValid(order.model())) {
      throw new IOException(
          "--model is %s; allowed: %s".formatted(Quote.of(order.model()), ModelName.RULE));
    }
    long number = order.version().orElse(1);
    if (number < 1 || number > VersionNumber.MAX) {
      throw new IOException(
          "--version is %d; allowed: a whole number from 1 to %d"
              .formatted(number, VersionNumber.MAX));
    }
  }

  private Pushed pushed(Order order) throws IOException {
    Source source = source(order.source());
    Path model = repository.toRealPath().resolve(order.model());
    boolean isNew = isMade(model);
    try {
      Pushed pushed = push(order, source, model);
      if (isNew) {
        Durable.sync(repository.toRealPath());
      }
      return pushed;
    } catch (IOException e) {
      if (isNew) {
        deleteEmpty(model);
      }
      throw e;
    }
  }

  private static boolean isMade(Path model) throws IOException {
    try {
      Files.createDirectory(model);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  private static void deleteEmpty(Path model) throws IOException {
    try {
      Files.deleteIfExists(model);
    } catch (DirectoryNotEmptyException e) {
      // Somebody else has put something in.
    }
  }

  private Pushed push(Order order, Source source, Path model) throws IOException {
    if (!Files.isDirectory(model, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(
          "%s is not a folder; name another model, or remove it"
              .formatted(Quote.of(order.model())));
    }
    Leftovers.clear(model, Instant.now());
    refuseExisting(order, model);
    try (IncomingFolder incoming = IncomingFolder.in(model, cancelled)) {
      for (var file : source.files().entrySet()) {
        try (InputStream content = folders.open(file.getValue())) {
          incoming.copy(file.getKey(), content);
        }
      }
      Manifest manifest = incoming.manifest();
      VersionPackager.refuse(VersionPackager.fault(source.place(), source.usable(), manifest));
      source.refuseChange(folders);
      incoming.complete();
      return new Pushed(move(incoming, order, model), manifest.digest());
    }
  }

  private static void refuseExisting(Order order, Path model) throws IOException {
    if (order.version().isPresent()) {
      long number = order.version().getAsLong();
      if (Files.exists(model.resolve(Long.toString(number)), LinkOption.NOFOLLOW_LINKS)) {
        throw exists(order);
      }
    }
  }

  private static IOException exists(Order order) {
    return new IOException(
        "%s/%d exists already; a version never changes: leave --version out for the next number"
            .formatted(order.model(), order.version().orElse(0)));
  }

  private static Path move(IncomingFolder incoming, Order order, Path model) throws IOException {
    for (int i = 0; i < MAX_TRIES; i++) {
      long number = order.version().isPresent() ? order.version().getAsLong() : next(model);
      Path version = model.resolve(Long.toString(number));
      try {
        incoming.moveTo(version);
        return version;
      } catch (FileAlreadyExistsException e) {
        if (order.version().isPresent()) {
          throw exists(order);
        }
      }
    }
    throw new IOException("others keep taking the next version of " + Quote.of(order.model()));
  }

  private static long next(Path model) throws IOException {
    try (Stream<Path> paths = Files.list(model)) {
      long highest =
          paths
              .map(path -> VersionNumber.parse(String.valueOf(path.getFileName())))
              .flatMapToLong(OptionalLong::stream)
              .max()
              .orElse(0);
      if (highest == VersionNumber.MAX) {
        throw new IOException("there is no number above %d; use --version".formatted(highest));
      }
      return highest + 1;
    }
  }

  /**
   * What is copied.
   *
   * @param files where each is read, by its path in the version
   * @param listing of the folder that it is; null if it is one file
   */
  private record Source(
      String place,
      SortedMap<String, Path> files,
      Usable usable,
      @Nullable VersionListing listing) {
    void refuseChange(FolderReader folders) throws IOException {
      if (listing != null
          && !VersionWalk.list(folders, place, usable.folder())
              .fingerprint()
              .equals(listing.fingerprint())) {
        throw new IOException(place + ": changed while it was copied; nothing was added");
      }
    }
  }

  private Source source(Path given) throws IOException {
    Path real = given.toRealPath();
    return Files.isDirectory(real) ? folder(given, real) : file(given, real);
  }

  private Source folder(Path given, Path real) throws IOException {
    String place = given.toString();
    FileEntry entry = DiskFolderReader.entry(real).orElseThrow();
    Usable usable =
        VersionPackager.usable(
            new VersionFolderScanner(folders, new ManifestFiles(folders), ManifestRule.OPTIONAL)
                .scan(place, 1, entry));
    VersionListing listing = VersionWalk.list(folders, place, usable.folder());
    SortedMap<String, Path> files = new TreeMap<>();
    listing.files().forEach((path, file) -> files.put(path, file.path()));
    return new Source(place, files, usable, listing);
  }

  private static Source file(Path given, Path real) throws IOException {
    ModelFormat format =
        format(given)
            .or(() -> format(real))
            .orElseThrow(
                () ->
                    new IOException(
                        new Problem(
                                given.toString(),
                                "is no model by its name",
                                "name a file that ends with .onnx or .pt, or a folder")
                            .toString()));
    if (!Files.isRegularFile(real)) {
      throw new IOException(given + ": is not a plain file; name a file or a folder");
    }
    SortedMap<String, Path> files = new TreeMap<>();
    files.put(format.fileName(), real);
    return new Source(given.toString(), files, new Usable(format, real), null);
  }

  /** By the ending, such as that of {@code resnet.onnx}. */
  private static Optional<ModelFormat> format(Path file) {
    String name = String.valueOf(file.getFileName());
    return Stream.of(ModelFormat.values())
        .filter(format -> name.endsWith(format.fileName().substring("model".length())))
        .findFirst();
  }
}
