package io.millrace.server.lifecycle;

import com.sun.management.OperatingSystemMXBean;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;

/**
 * What all versions together may take of the memory outside of the heap, by estimates. Refuses a
 * load that would go beyond it, since the system would end the whole server instead. Thread-safe.
 */
final class MemoryBudget {
  private final long limit;

  // @GuardedBy("this")
  private final Map<Object, Long> reserved = new HashMap<>();

  MemoryBudget(long limit) {
    this.limit = limit;
  }

  /** The standard budget of this machine or container. */
  static long standard() {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return standard(system.getTotalMemorySize(), Runtime.getRuntime().maxMemory());
  }

  /** Four fifths of the memory without the heap; a quarter of it where the heap leaves less. */
  static long standard(long memory, long heap) {
    return Math.max(memory / 5 * 4 - heap, memory / 4);
  }

  /**
   * Takes a share for a version.
   *
   * @return gives the share back
   * @throws ServingException MEMORY_BUDGET_EXCEEDED if it is larger than what is left
   */
  synchronized Runnable reserve(ModelVersionId id, long bytes) {
    long left = limit - used();
    if (bytes > left) {
      throw ServingException.refusal(
          Reason.MEMORY_BUDGET_EXCEEDED,
          "%s takes about %s of memory by the size of its files, but of the %s for all models %s are left; unload others, have its versions replace each other with transition: resource_preserving in config.yaml, or raise --model-memory-budget if the machine has more"
              .formatted(id, mebibytes(bytes), mebibytes(limit), mebibytes(left)));
    }
    Object share = new Object();
    reserved.put(share, bytes);
    return () -> release(share);
  }

  private synchronized void release(Object share) {
    reserved.remove(share);
  }

  /** In bytes, of what is loaded or loads. */
  synchronized long used() {
    return reserved.values().stream().mapToLong(Long::longValue).sum();
  }

  /** In bytes. */
  long limit() {
    return limit;
  }

  private static String mebibytes(long bytes) {
    return "%d MiB".formatted((bytes + (1 << 20) - 1) >> 20);
  }
}
