package io.millrace.server.batching;

import io.millrace.server.engine.LoadedModel;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.Reason;
import io.millrace.server.model.RunPlace;
import io.millrace.server.model.ServingException;

/** Decides who may run the calls of a version: what its configuration wants and its model can. */
final class PlacePlan {
  private PlacePlan() {}

  /**
   * The place for a version that was just loaded.
   *
   * @throws ServingException with MODEL_LOAD_FAILED if the configuration asks for what the model
   *     cannot do
   */
  static RunPlace of(LoadedModel model, ModelConfig config) {
    RunPlace asked = config.batching().runOn();
    boolean needsInstances = !model.runsOnAnyThread() || config.instances().threads() > 1;
    if (needsInstances && asked == RunPlace.EVENT_LOOP) {
      throw ServingException.refusal(
          Reason.MODEL_LOAD_FAILED,
          "batching.run_on is event_loop, but %s; allowed for this model: auto, instances"
              .formatted(
                  model.runsOnAnyThread()
                      ? "its runs take %d threads, for which the loop would wait"
                          .formatted(config.instances().threads())
                      : "its engine ties each instance to a thread of its own, as TorchScript's does"));
    }
    return needsInstances ? RunPlace.INSTANCES : asked;
  }
}
