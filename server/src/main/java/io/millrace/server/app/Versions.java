package io.millrace.server.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The versions of Millrace and of what it is built on; the build writes them. */
final class Versions implements IVersionProvider {
  private static final Properties BUILT = read();

  static String millrace() {
    return BUILT.getProperty("millrace");
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      "millrace " + millrace(),
      "java " + Runtime.version(),
      "onnxruntime " + BUILT.getProperty("onnxruntime"),
      "pytorch " + BUILT.getProperty("pytorch"),
      "djl " + BUILT.getProperty("djl"),
      "grpc " + BUILT.getProperty("grpc"),
    };
  }

  private static Properties read() {
    Properties properties = new Properties();
    try (InputStream file = Versions.class.getResourceAsStream("versions.properties")) {
      properties.load(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties;
  }
}
