package io.millrace.server.app;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Turns SIGTERM and SIGINT into a request to stop. Thread-safe.
 *
 * <p>The JVM's own way, shutdown hooks, is not used: hooks run in no order, and ONNX Runtime's
 * closes its environment under sessions that still run or load, which kills the process. So the
 * signals are taken from the JVM, the process stops in order and then halts without hooks.
 */
final class StopSignal {
  private final CompletableFuture<Void> requested = new CompletableFuture<>();

  /** Takes the signals over; a second one ends the process at once with code 1. */
  static StopSignal install() {
    StopSignal stop = new StopSignal();
    stop.listenTo("TERM");
    stop.listenTo("INT");
    return stop;
  }

  /**
   * Calls {@code sun.misc.Signal}, the JDK's only way to a signal. By reflection, since javac warns
   * of that class in a way that nothing can suppress, and here warnings are errors.
   */
  private void listenTo(String name) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object onSignal =
          Proxy.newProxyInstance(
              StopSignal.class.getClassLoader(), new Class<?>[] {handler}, this::handle);
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), onSignal);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this JVM cannot hand over the signal " + name, e);
    }
  }

  private @Nullable Object handle(
      Object proxy, Method method, @Nullable Object @Nullable [] arguments) {
    if (method.getName().equals("handle")) {
      onSignal();
    }
    return null;
  }

  private void onSignal() {
    // Callbacks of the future must not run on the JVM's signal thread, where they could block the
    // next signal.
    if (requested.isDone()) {
      Runtime.getRuntime().halt(Main.EXIT_FAILURE);
    }
    requested.completeAsync(() -> null);
  }

  /** From now on a signal ends the process at once, with code 1: nobody is being served. */
  void endsTheProcess() {
    var unused = requested.thenRun(() -> Runtime.getRuntime().halt(Main.EXIT_FAILURE));
  }

  /** Ends when a signal has come. */
  CompletableFuture<Void> requested() {
    return requested;
  }
}
