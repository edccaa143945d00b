package io.millrace.server.repository;

import io.millrace.server.model.Quote;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A hidden folder in a model's folder, where a version grows until it is complete and moves to its
 * place in one step. Its manifest is locked for as long as the process lives that fills it, so
 * {@link Leftovers} can tell what a killed one left. Confined to one thread.
 */
final class IncomingFolder implements Closeable {
  static final String PREFIX = ".incoming-";

  private static final int MAX_TRIES = 10;
  private static final int BUFFER_BYTES = 1 << 20;

  private final Path folder;
  private final FileChannel manifest;
  private final BooleanSupplier cancelled;
  private final List<Manifest.Entry> entries = new ArrayList<>();
  private boolean moved;

  private IncomingFolder(Path folder, FileChannel manifest, BooleanSupplier cancelled) {
    this.folder = folder;
    this.manifest = manifest;
    this.cancelled = cancelled;
  }

  /**
   * A new one.
   *
   * @param cancelled asked often; once it says so, the step under way fails
   */
  static IncomingFolder in(Path model, BooleanSupplier cancelled) throws IOException {
    for (int i = 0; i < MAX_TRIES; i++) {
      Path folder =
          model.resolve(
              PREFIX + ProcessHandle.current().pid() + "-" + Long.toHexString(System.nanoTime()));
      Files.createDirectory(folder);
      @Nullable FileChannel manifest = lockedManifest(folder);
      if (manifest != null) {
        return new IncomingFolder(folder, manifest, cancelled);
      }
    }
    throw new IOException("others keep removing " + PREFIX + "* from " + model);
  }

  /** Null if another push took the folder, which was not locked yet, for one that was left. */
  private static @Nullable FileChannel lockedManifest(Path folder) throws IOException {
    Path file = folder.resolve(Manifest.FILE_NAME);
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (NoSuchFileException e) {
      return null;
    }
    @Nullable FileLock lock = Leftovers.tryLock(channel);
    if (lock != null && Files.exists(file)) {
      return channel;
    }
    channel.close();
    return null;
  }

  /** Takes a file in, down to the disk. */
  void copy(String path, InputStream content) throws IOException {
    Path target = folder.resolve(path);
    Path parent = target.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    MessageDigest digest = Sha256.digest();
    long size = 0;
    try (FileChannel out =
        FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int read = next(content, buffer); read >= 0; read = next(content, buffer)) {
        digest.update(buffer, 0, read);
        Durable.writeAll(out, ByteBuffer.wrap(buffer, 0, read));
        size += read;
      }
      out.force(true);
    }
    entries.add(new Manifest.Entry(path, size, Sha256.text(digest.digest())));
  }

  private int next(InputStream content, byte[] buffer) throws IOException {
    checkpoint();
    return content.read(buffer);
  }

  private void checkpoint() throws IOException {
    if (cancelled.getAsBoolean()) {
      throw new IOException("stopped before the version was complete; nothing was added");
    }
  }

  /** What was taken in so far. */
  Manifest manifest() {
    return new Manifest(entries);
  }

  /** Writes the manifest and brings all down to the disk. */
  void complete() throws IOException {
    checkpoint();
    Durable.writeAll(manifest, ByteBuffer.wrap(manifest().toBytes()));
    manifest.force(true);
    for (Path inside : FolderTree.folders(folder)) {
      Durable.sync(inside);
    }
    checkpoint();
  }

  /**
   * Makes it a version.
   *
   * @throws FileAlreadyExistsException if there is something of that name
   */
  void moveTo(Path version) throws IOException {
    if (Files.exists(version, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(Quote.of(version.toString()));
    }
    try {
      Files.move(folder, version, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      // Another push was faster: Java has no exception of its own for a folder in the way.
      throw Files.exists(version, LinkOption.NOFOLLOW_LINKS)
          ? new FileAlreadyExistsException(Quote.of(version.toString()))
          : e;
    }
    moved = true;
    Path model = version.getParent();
    if (model != null) {
      Durable.sync(model);
    }
  }

  /** Removes it, unless it became a version. */
  @Override
  public void close() throws IOException {
    try (manifest) {
      if (!moved) {
        FolderTree.delete(folder);
      }
    }
  }
}
