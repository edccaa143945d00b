package io.millrace.server.engine;

import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.util.List;

/**
 * One executing copy of a model. Confined to the thread that made it, unless its model {@linkplain
 * LoadedModel#runsOnAnyThread() runs on any}: then to one thread at a time.
 */
public interface ModelInstance extends AutoCloseable {
  /**
   * Runs the model once. Blocks.
   *
   * @param inputs one for each input of the signature, in its order
   * @param outputs names of the outputs to compute, each one of the signature
   * @return the outputs in the order of the names; their memory is theirs, not the engine's
   * @throws ServingException with ENGINE_ERROR if the model fails on this input, with
   *     SERVER_OVERLOADED if no native memory is left for it
   */
  List<Tensor> run(List<RunInput> inputs, List<String> outputs);

  /**
   * Has the run that is under way fail soon with CALL_CANCELLED, if there is one and the framework
   * can. Any thread may call it while the instance is open.
   */
  default void stopRun() {}

  /**
   * When the framework began with the last run, by {@link System#nanoTime()}: before that its
   * inputs were made. 0 for an instance that does not take note.
   */
  default long lastBeganNanos() {
    return 0;
  }

  /** When the framework was done with the last run; after that its outputs were read. */
  default long lastEndedNanos() {
    return 0;
  }

  /** Lets go of memory that is worth giving back; called when there is nothing to run. */
  default void giveBackMemory() {}

  @Override
  void close();
}
