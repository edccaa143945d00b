package io.millrace.server.batching;

import io.millrace.server.engine.EngineText;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.engine.RunInput;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Sample;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a version's samples on an instance before callers do: they warm it up with real inputs, and
 * wrong answers fail the version.
 */
final class SampleTrial {
  private static final Logger log = LoggerFactory.getLogger(SampleTrial.class);

  private SampleTrial() {}

  /**
   * Tries all.
   *
   * @return those that the model answered
   * @throws ServingException with MODEL_SAMPLE_MISMATCH if a sample that must hold does not
   */
  static List<Sample> run(ModelInstance instance, Signature signature, List<Sample> samples) {
    List<String> outputs = names(signature);
    List<Sample> answered = new ArrayList<>();
    for (Sample sample : samples) {
      try {
        SampleAnswer.check(sample, answer(instance, sample, outputs));
        answered.add(sample);
      } catch (ServingException e) {
        if (mustHold(sample, e)) {
          throw e;
        }
        log.warn("{}; it is passed over, since nothing is expected of it", e.getMessage());
      }
    }
    return answered;
  }

  /**
   * Tries them until the model answers one, whatever it answers.
   *
   * @return that one, or none
   * @throws ServingException with MODEL_SAMPLE_MISMATCH if a sample that must hold fails
   */
  static List<Sample> first(ModelInstance instance, Signature signature, List<Sample> samples) {
    List<String> outputs = names(signature);
    for (Sample sample : samples) {
      try {
        var unused = answer(instance, sample, outputs);
        return List.of(sample);
      } catch (ServingException e) {
        if (mustHold(sample, e)) {
          throw e;
        }
      }
    }
    return List.of();
  }

  private static List<String> names(Signature signature) {
    return signature.outputs().stream().map(TensorSpec::name).toList();
  }

  /** A lack of memory is no fault of the sample. */
  private static boolean mustHold(Sample sample, ServingException failure) {
    return sample.isRequired() || failure.reason() != Reason.MODEL_SAMPLE_MISMATCH;
  }

  private static List<Tensor> answer(ModelInstance instance, Sample sample, List<String> outputs) {
    try {
      return instance.run(sample.inputs().stream().map(RunInput::of).toList(), outputs);
    } catch (ServingException e) {
      if (e.reason() == Reason.SERVER_OVERLOADED) {
        throw e;
      }
      Throwable framework = e.getCause();
      throw ServingException.refusal(
          Reason.MODEL_SAMPLE_MISMATCH,
          "sample %s: the model fails on it: %s"
              .formatted(
                  Quote.of(sample.name()),
                  framework == null ? e.getMessage() : EngineText.of(framework)));
    }
  }
}
