package io.millrace.server.lifecycle;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives memory that models have freed back to the system. The C library keeps it otherwise, for
 * allocations that may never come. Thread-safe.
 */
final class NativeMemory {
  private static final Logger log = LoggerFactory.getLogger(NativeMemory.class);

  /** What {@code jcmd <pid> System.trim_native_heap} is called inside of the process. */
  private static final String TRIM = "systemTrimNativeHeap";

  private NativeMemory() {}

  /** Whether anything was asked to give back: a JDK before 17.0.9, or a macOS, has no means. */
  static boolean giveBack() {
    try {
      MBeanServer server = ManagementFactory.getPlatformMBeanServer();
      ObjectName commands = new ObjectName("com.sun.management:type=DiagnosticCommand");
      log.debug("memory given back: {}", server.invoke(commands, TRIM, null, null));
      return true;
    } catch (JMException | RuntimeException | LinkageError e) {
      // Nothing depends on it but the size of the process.
      log.debug("memory cannot be given back: {}", e.toString());
      return false;
    }
  }
}
