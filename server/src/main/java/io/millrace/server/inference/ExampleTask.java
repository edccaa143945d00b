package io.millrace.server.inference;

import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Stream;

/** What callers want to know of examples: their classes, or a value of each. */
public enum ExampleTask {
  CLASSIFY("classify", "scores"),
  REGRESS("regress", "value");

  private static final String DEFAULT_SIGNATURE = "serving_default";

  private final String key;
  private final String output;

  /**
   * @param key of the model's configuration that says how
   * @param output the key within for the output that it needs
   */
  ExampleTask(String key, String output) {
    this.key = key;
    this.output = output;
  }

  /** What TensorFlow calls the task; the model's signature for it has this name here. */
  public String method() {
    return "tensorflow/serving/" + key;
  }

  /**
   * Refuses a signature that is not for this task.
   *
   * @param field of the name in the request
   * @param name may be empty, which is the default
   */
  public void requireSignature(String field, String name) {
    if (!name.isEmpty() && !name.equals(DEFAULT_SIGNATURE) && !name.equals(method())) {
      throw ServingException.refusal(
          Reason.REQUEST_MALFORMED,
          field,
          "the model has no signature %s; for this it has '%s'"
              .formatted(Quote.of(name), method()));
    }
  }

  private boolean isOf(OutputRoles roles) {
    return this == CLASSIFY ? roles.areForClasses() : roles.areForValues();
  }

  /**
   * The outputs to ask a model for, which {@link Classification} and {@link Regression} read in
   * this order.
   *
   * @throws ServingException if the model's configuration does not say which they are
   */
  public List<String> outputs(String model, OutputRoles roles, Signature signature) {
    if (!isOf(roles)) {
      throw ServingException.refusal(
          Reason.REQUEST_MALFORMED,
          "model %s does not %s: its config.yaml does not say which output has the %s; add %s: {%s: NAME} there; its outputs are %s"
              .formatted(Quote.of(model), key, output, key, output, signature.outputs()));
    }
    Stream<String> outputs =
        this == CLASSIFY ? Stream.of(roles.scores(), roles.classes()) : Stream.of(roles.value());
    return outputs.filter(name -> !name.isEmpty()).toList();
  }

  /**
   * Has a call run, and sees that each of its examples is answered. Names of classes take long to
   * write, and that is done where the call ran: so no event loop runs it.
   *
   * @param request of which each input has a row for each example
   * @return fails with ENGINE_ERROR if the model has not answered each example
   */
  public CompletionStage<InferenceResponse> run(
      InferenceRequest request,
      Function<InferenceRequest, CompletionStage<InferenceResponse>> infer) {
    return infer
        .apply(this == CLASSIFY ? request.onInstances() : request)
        .thenApply(response -> checked(request, response));
  }

  private static InferenceResponse checked(InferenceRequest request, InferenceResponse response) {
    long examples = request.inputs().get(0).shape().size(0);
    for (Tensor output : response.outputs()) {
      Shape shape = output.shape();
      if (shape.rank() == 0 || shape.size(0) != examples) {
        throw ServingException.refusal(
            Reason.ENGINE_ERROR,
            "the model answered %d examples with output %s".formatted(examples, output));
      }
    }
    return response;
  }

  /**
   * The tasks that a model does, as TensorFlow describes them: examples of one piece each, and what
   * is told of them. By the names of their signatures.
   */
  public static Map<String, Signature> signatures(
      OutputRoles roles, Signature model, ClassLabels labels) {
    boolean hasNames = !roles.classes().isEmpty() || !labels.names().isEmpty();
    Map<String, Signature> signatures = new TreeMap<>();
    for (ExampleTask task : values()) {
      if (task.isOf(roles)) {
        signatures.put(task.method(), task.signature(roles, model, hasNames));
      }
    }
    return signatures;
  }

  private Signature signature(OutputRoles roles, Signature model, boolean hasNames) {
    List<TensorSpec> inputs = List.of(TensorSpec.of("inputs", DataType.BYTES, Shape.ANY));
    if (this == REGRESS) {
      return new Signature(inputs, List.of(TensorSpec.of("outputs", DataType.FP32, Shape.ANY)));
    }
    long[] shape = shape(model, roles.scores()).toArray();
    TensorSpec scores = TensorSpec.of("scores", DataType.FP32, shape);
    return new Signature(
        inputs,
        hasNames
            ? List.of(TensorSpec.of("classes", DataType.BYTES, shape), scores)
            : List.of(scores));
  }

  private static Shape shape(Signature model, String output) {
    return model.outputs().stream()
        .filter(spec -> spec.name().equals(output))
        .findFirst()
        .map(TensorSpec::shape)
        .orElseThrow();
  }
}
