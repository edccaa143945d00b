package io.millrace.server.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/**
 * Sets the log up as the settings say, on standard error: standard output belongs to the start
 * report.
 */
final class LogSetup {
  private LogSetup() {}

  static void apply(LogFormat format, AccessLog access) {
    ILoggerFactory factory = LoggerFactory.getILoggerFactory();
    if (factory instanceof LoggerContext context) {
      write(context, format, access);
    }
    LibraryLog.takeIn();
  }

  /** Replaces what wrote before; levels stay as they are. */
  static void write(LoggerContext context, LogFormat format, AccessLog access) {
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    root.addAppender(appender(context, format));
    setUpAccess(context, access);
  }

  private static void setUpAccess(LoggerContext context, AccessLog access) {
    Logger calls = context.getLogger("io.millrace.access");
    calls.setAdditive(false);
    calls.detachAndStopAllAppenders();
    if (access == AccessLog.OFF) {
      calls.setLevel(Level.OFF);
      return;
    }
    calls.setLevel(Level.INFO);
    calls.addAppender(
        appender(context, access == AccessLog.JSON ? LogFormat.JSON : LogFormat.TEXT));
  }

  private static ConsoleAppender<ILoggingEvent> appender(LoggerContext context, LogFormat format) {
    LineEncoder encoder = new LineEncoder(format);
    encoder.setContext(context);
    encoder.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    return appender;
  }
}
