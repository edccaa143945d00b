package io.millrace.server.engine.onnx;

import ai.onnxruntime.OrtEnvironment;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * Unpacks ONNX Runtime's native libraries into our cache, once for all processes and starts. Left
 * alone it unpacks them into the temporary directory at every start and leaves them there when the
 * process is halted.
 */
final class OnnxNatives {
  /** Where ONNX Runtime looks for its libraries before it unpacks its own. */
  private static final String PATH_PROPERTY = "onnxruntime.native.path";

  /** The last is there on Windows only. */
  private static final List<String> LIBRARIES =
      List.of("onnxruntime", "onnxruntime4j_jni", "onnxruntime_providers_shared");

  private OnnxNatives() {}

  /**
   * Unpacks what is missing and points ONNX Runtime at it, unless the operator has pointed it
   * elsewhere. Call it before ONNX Runtime's classes are initialised.
   */
  static void prepare(Path cacheDirectory) throws IOException {
    if (System.getProperty(PATH_PROPERTY) == null) {
      System.setProperty(PATH_PROPERTY, unpack(cacheDirectory).toString());
    }
  }

  /**
   * Deletes the empty temporary directory that ONNX Runtime makes in any case and would delete at
   * an orderly end only. Call it when ONNX Runtime has started.
   */
  static void removeTemporaryDirectory() {
    try {
      var field = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField("tempDirectory");
      field.setAccessible(true);
      if (field.get(null) instanceof Path directory) {
        Files.deleteIfExists(directory);
      }
    } catch (ReflectiveOperationException | IOException e) {
      // Another release may name it otherwise: then one empty directory stays until the end.
      return;
    }
  }

  private static Path unpack(Path cacheDirectory) throws IOException {
    String version = OrtEnvironment.class.getPackage().getImplementationVersion();
    Path folder =
        cacheDirectory
            .toAbsolutePath()
            .resolve("onnxruntime")
            .resolve(String.valueOf(version))
            .resolve(platform());
    Files.createDirectories(folder);
    for (String library : LIBRARIES) {
      unpack(System.mapLibraryName(library).replace("jnilib", "dylib"), folder);
    }
    return folder;
  }

  private static void unpack(String file, Path folder) throws IOException {
    URL resource =
        OrtEnvironment.class.getResource("/ai/onnxruntime/native/" + platform() + "/" + file);
    if (resource == null) {
      return;
    }
    URLConnection packed = resource.openConnection();
    packed.setUseCaches(false);
    Path target = folder.resolve(file);
    try (InputStream content = packed.getInputStream()) {
      if (!isUnpacked(target, packed.getContentLengthLong())) {
        replace(target, content);
      }
    }
  }

  private static boolean isUnpacked(Path target, long size) throws IOException {
    return Files.exists(target) && Files.size(target) == size;
  }

  /** Another process may do the same at the same time: whoever comes last replaces the file. */
  private static void replace(Path target, InputStream content) throws IOException {
    Path partial = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID());
    try {
      Files.copy(content, partial);
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  /** The machine, as the folders in ONNX Runtime's jar are named. */
  private static String platform() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String os = system.contains("mac") ? "osx" : system.contains("win") ? "win" : "linux";
    String arch = System.getProperty("os.arch");
    return os + "-" + (arch.equals("amd64") || arch.equals("x86_64") ? "x64" : arch);
  }
}
