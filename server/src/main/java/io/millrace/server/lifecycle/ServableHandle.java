package io.millrace.server.lifecycle;

import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Servable;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A counted loan of a servable for one request: while it is open the version is not closed,
 * whatever becomes of its folder. Close it when the request is answered, on any thread; a second
 * close does nothing.
 */
public final class ServableHandle implements AutoCloseable {
  private final CountedServable counted;
  private final AtomicBoolean open = new AtomicBoolean(true);

  /** Takes over a user that was counted already. */
  ServableHandle(CountedServable counted) {
    this.counted = counted;
  }

  public ModelVersionId id() {
    return counted.id();
  }

  public Servable servable() {
    return counted.servable();
  }

  /** The settings that the servable was loaded with. */
  public ModelConfig config() {
    return counted.config();
  }

  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      counted.release();
    }
  }
}
