package io.millrace.server.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.Logger;

/**
 * How the log is written until the settings are known. Logback finds it as a service, and asks it
 * only where there is no {@code logback.xml} or {@code logback-test.xml}.
 *
 * <p>A class and no file, because to read a file of five lines takes an XML parser and a quarter of
 * the time until the server serves. Public only because Java makes no service of another.
 */
@ConfiguratorRank(ConfiguratorRank.FALLBACK + 1)
public final class LogDefaults extends ContextAwareBase implements Configurator {
  @Override
  public ExecutionStatus configure(LoggerContext context) {
    context.getLogger("io.millrace").setLevel(Level.INFO);
    // A page of stack for each client of the metrics port that hangs up before it has its answer.
    context
        .getLogger("io.prometheus.metrics.exporter.httpserver.HttpExchangeAdapter")
        .setLevel(Level.OFF);
    context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.WARN);
    LogSetup.write(context, LogFormat.TEXT, AccessLog.OFF);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
