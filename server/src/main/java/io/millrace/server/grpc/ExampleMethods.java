package io.millrace.server.grpc;

import io.grpc.ServerMethodDefinition;
import io.millrace.server.inference.ExampleTask;
import io.millrace.tensorflow.serving.ClassificationRequest;
import io.millrace.tensorflow.serving.Input;
import io.millrace.tensorflow.serving.ModelSpec;
import io.millrace.tensorflow.serving.PredictionServiceGrpc;
import io.millrace.tensorflow.serving.RegressionRequest;
import java.io.InputStream;
import java.util.List;

/**
 * The methods of TensorFlow Serving that run models on examples. Thread-safe.
 *
 * @param catalog tells the signatures of models, without which examples cannot be read
 */
record ExampleMethods(ModelCatalog catalog, int maxBytes) {
  /** Both, with calls that go to the door. */
  List<ServerMethodDefinition<InputStream, InputStream>> definitions(InferenceDoor door) {
    return List.of(
        classify().definition(checking(ExampleTask.CLASSIFY, door)),
        regress().definition(checking(ExampleTask.REGRESS, door)));
  }

  private static InferenceDoor checking(ExampleTask task, InferenceDoor door) {
    return new InferenceDoor(
        request -> task.run(request, door.infer()),
        door.workers(),
        door.deadlines(),
        door.maxResponseBytes());
  }

  private InferenceMethod<ClassificationRequest> classify() {
    return InferenceMethod.ofMessages(
        PredictionServiceGrpc.getClassifyMethod(),
        maxBytes,
        request -> codec(ExampleTask.CLASSIFY, request.getModelSpec(), request.getInput()),
        (asked, response) -> ClassificationReply.of(response, asked.signatureName(), maxBytes));
  }

  private InferenceMethod<RegressionRequest> regress() {
    return InferenceMethod.ofMessages(
        PredictionServiceGrpc.getRegressMethod(),
        maxBytes,
        request -> codec(ExampleTask.REGRESS, request.getModelSpec(), request.getInput()),
        (asked, response) -> RegressionReply.of(response, asked.signatureName(), maxBytes));
  }

  private ExampleCodec codec(ExampleTask task, ModelSpec spec, Input input) {
    return new ExampleCodec(
        task, new TensorFlowModelSpec(spec), new TensorFlowExamples(input, maxBytes), catalog);
  }
}
