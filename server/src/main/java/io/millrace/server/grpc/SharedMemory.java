package io.millrace.server.grpc;

import io.millrace.openinference.InferParameter;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferInputTensor;
import io.millrace.openinference.ModelInferRequest.InferRequestedOutputTensor;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.Map;

/**
 * Refuses tensors of a ModelInfer request that are said to lie in memory which the caller shares
 * with the server: there is none, and whoever asks for an output there would read what was there
 * before.
 */
final class SharedMemory {
  private static final String PARAMETER = "shared_memory_region";

  private SharedMemory() {}

  /** Whether a parameter of this name, of an input or a wanted output, says so. */
  static boolean isKnown(String name) {
    return name.equals(PARAMETER);
  }

  /**
   * Makes sure that no tensor of the request lies there.
   *
   * @throws ServingException with UNSUPPORTED_OPERATION, naming the first one that does
   */
  static void requireNone(ModelInferRequest request) {
    for (int i = 0; i < request.getInputsCount(); i++) {
      InferInputTensor input = request.getInputs(i);
      if (isAsked(input.getParametersMap())) {
        throw refused("inputs[%d]".formatted(i), "input " + Quote.of(input.getName()));
      }
    }
    for (int i = 0; i < request.getOutputsCount(); i++) {
      InferRequestedOutputTensor output = request.getOutputs(i);
      if (isAsked(output.getParametersMap())) {
        throw refused("outputs[%d]".formatted(i), "output " + Quote.of(output.getName()));
      }
    }
  }

  private static boolean isAsked(Map<String, InferParameter> parameters) {
    return parameters.containsKey(PARAMETER);
  }

  private static ServingException refused(String path, String tensor) {
    return ServingException.refusal(
        Reason.UNSUPPORTED_OPERATION,
        path + ".parameters",
        "%s of %s is not supported: this server shares no memory with its clients; send and ask for tensors in the messages"
            .formatted(PARAMETER, tensor));
  }
}
