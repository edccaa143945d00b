package io.millrace.server.batching;

import io.millrace.server.engine.EngineText;
import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Sample;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import java.util.Optional;

/**
 * What each instance of a version runs before callers' requests: its samples, or zeros where it has
 * none. That makes it warm, and shows that the model and what is known of it agree. Immutable.
 *
 * @param name of the model, for messages
 * @param samples each must be answered that is required
 */
record FirstRuns(String name, LoadedModel model, List<Sample> samples) {
  FirstRuns {
    samples = List.copyOf(samples);
  }

  /**
   * Tries all samples and warms the instance.
   *
   * @return why the instance was not tried, in words for people; empty if it was, or if the sizes
   *     of its inputs can only be guessed
   * @throws ServingException with MODEL_SAMPLE_MISMATCH or MODEL_LOAD_FAILED if the version must
   *     not serve
   */
  Optional<String> on(ModelInstance instance) {
    long began = System.nanoTime();
    return warm(instance, SampleTrial.run(instance, model.signature(), samples), began);
  }

  /**
   * Warms an instance with as little as it takes: the first sample that the model answers.
   *
   * @throws ServingException as {@link #on}
   */
  void warm(ModelInstance instance) {
    long began = System.nanoTime();
    var unused = warm(instance, SampleTrial.first(instance, model.signature(), samples), began);
  }

  /**
   * @param began when the first of what was answered was run
   */
  private Optional<String> warm(ModelInstance instance, List<Sample> answered, long began) {
    if (!answered.isEmpty()) {
      WarmUp.goOn(instance, model.signature(), answered, began);
      return Optional.empty();
    }
    try {
      WarmUp.run(instance, model.signature());
      return Optional.empty();
    } catch (ServingException e) {
      return Optional.of(untried(e));
    }
  }

  /**
   * A file that tells its own signature cannot be at odds with it: a run that fails may be due to
   * the zeros. Without that, or where real requests failed as well, nothing speaks for the version.
   */
  private String untried(ServingException failure) {
    if (failure.reason() != Reason.ENGINE_ERROR) {
      throw failure;
    }
    if (!samples.isEmpty()) {
      throw failed("the model answers none of its samples, and does not run on zeros", failure)
          .lasting();
    }
    if (!model.tellsSignature()) {
      throw failed("the model does not run on zeros", failure).lasting();
    }
    return "not tried before it serves, and its first calls are slower: the model does not run on zeros"
        + " of its inputs %s: %s; %s".formatted(inputs(), why(failure), advice());
  }

  private ServingException failed(String what, ServingException cause) {
    return ServingException.failure(
        Reason.MODEL_LOAD_FAILED,
        "%s of its inputs %s: %s; do config.yaml and model agree? If they do, %s"
            .formatted(what, inputs(), why(cause), advice()),
        cause);
  }

  private String advice() {
    return "put the body of a :predict call that it answers into %s/samples/NAME.json"
        .formatted(name);
  }

  private List<TensorSpec> inputs() {
    return model.signature().inputs();
  }

  /** An engine hides its framework's words from callers; who loads a model needs them. */
  private static String why(ServingException failure) {
    Throwable framework = failure.getCause();
    return framework == null ? failure.getMessage() : EngineText.of(framework);
  }
}
