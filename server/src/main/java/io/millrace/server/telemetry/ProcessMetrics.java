package io.millrace.server.telemetry;

import com.sun.management.UnixOperatingSystemMXBean;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;

/**
 * Measures what of a process runs out beside its heap: memory outside of it, and open files. The
 * names are OpenTelemetry's; its library tells them only where all of its experiments are on.
 * Thread-safe.
 */
final class ProcessMetrics {
  private static final AttributeKey<String> POOL = AttributeKey.stringKey("jvm.buffer.pool.name");

  private final List<BufferPoolMXBean> pools =
      ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class);

  private ProcessMetrics() {}

  static void addTo(OpenTelemetry telemetry) {
    ProcessMetrics metrics = new ProcessMetrics();
    Meter meter = telemetry.getMeter("io.millrace.telemetry");
    meter
        .upDownCounterBuilder("jvm.buffer.memory.used")
        .setDescription("Memory outside of the heap that buffers hold")
        .setUnit("By")
        .buildWithCallback(metrics::observeBuffers);
    meter
        .upDownCounterBuilder("jvm.file_descriptor.count")
        .setDescription("Files and connections that are open")
        .setUnit("{file_descriptor}")
        .buildWithCallback(ProcessMetrics::observeFiles);
  }

  private void observeBuffers(ObservableLongMeasurement gauge) {
    pools.forEach(pool -> gauge.record(pool.getMemoryUsed(), Attributes.of(POOL, pool.getName())));
  }

  /** Windows has no such number. */
  private static void observeFiles(ObservableLongMeasurement gauge) {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      gauge.record(system.getOpenFileDescriptorCount());
    }
  }
}
