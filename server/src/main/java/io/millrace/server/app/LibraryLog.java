package io.millrace.server.app;

import java.util.logging.LogRecord;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Takes what libraries write to the JDK's log, gRPC and OpenTelemetry above all, into the server's,
 * which has one format. Thread-safe.
 */
final class LibraryLog extends SLF4JBridgeHandler {
  private LibraryLog() {}

  static void takeIn() {
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    java.util.logging.Logger.getLogger("").addHandler(new LibraryLog());
  }

  @Override
  public void publish(LogRecord line) {
    super.publish(line != null && isOfTelemetry(line) ? withoutStack(line) : line);
  }

  private static boolean isOfTelemetry(LogRecord line) {
    return line.getThrown() != null
        && line.getLoggerName() != null
        && line.getLoggerName().startsWith("io.opentelemetry.");
  }

  /** A collector that is away is told of once a minute, for ever: in a line and no page. */
  private static LogRecord withoutStack(LogRecord line) {
    LogRecord brief = new LogRecord(line.getLevel(), line.getMessage() + " " + line.getThrown());
    brief.setLoggerName(line.getLoggerName());
    brief.setParameters(line.getParameters());
    return brief;
  }
}
