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
   * @throws ServingException with MODEL_SAMPLE_MISMATCH if a sample that must hold does not
   */
  static void run(ModelInstance instance, Signature signature, List<Sample> samples) {
    List<String> outputs = signature.outputs().stream().map(TensorSpec::name).toList();
    for (Sample sample : samples) {
      try {
        SampleAnswer.check(sample, answer(instance, sample, outputs));
      } catch (ServingException e) {
        if (sample.isRequired()) {
          throw e;
        }
        log.warn("{}; it is passed over, since nothing is expected of it", e.getMessage());
      }
    }
  }

  private static List<Tensor> answer(ModelInstance instance, Sample sample, List<String> outputs) {
    try {
      return instance.run(sample.inputs().stream().map(RunInput::of).toList(), outputs);
    } catch (ServingException e) {
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
