package io.millrace.benchmarks;

import ai.djl.MalformedModelException;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import com.google.protobuf.ByteString;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc.PredictionServiceImplBase;
import io.millrace.v1.Tensor;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A server as one would write it in an afternoon: generated stubs, a pool of threads, a DJL
 * Predictor for each of them. It ends with its standard input.
 */
final class NaiveServer extends PredictionServiceImplBase {
  private static final int THREADS = 2;
  private static final int MAX_MESSAGE = 64 << 20;

  private final Map<String, ThreadLocal<Predictor<NDList, NDList>>> predictors = new HashMap<>();

  private NaiveServer() {}

  /** The folder of models, and the names of those to serve. */
  public static void main(String[] arguments)
      throws IOException, ModelNotFoundException, MalformedModelException {
    NaiveServer service = new NaiveServer();
    for (int i = 1; i < arguments.length; i++) {
      service.load(Path.of(arguments[0]), arguments[i]);
    }
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    Server server =
        ServerBuilder.forPort(0)
            .executor(threads)
            .maxInboundMessageSize(MAX_MESSAGE)
            .addService(service)
            .build()
            .start();
    ServerProcess.announceAndWait(server.getPort());
    server.shutdownNow();
    threads.shutdownNow();
    // DJL leaves threads behind that would keep the process.
    Runtime.getRuntime().halt(0);
  }

  private void load(Path repository, String name)
      throws IOException, ModelNotFoundException, MalformedModelException {
    ZooModel<NDList, NDList> model =
        Criteria.builder()
            .setTypes(NDList.class, NDList.class)
            .optModelPath(repository.resolve(name).resolve("1/model.onnx"))
            .optEngine("OnnxRuntime")
            .optTranslator(new NoopTranslator())
            .build()
            .loadModel();
    predictors.put(name, ThreadLocal.withInitial(model::newPredictor));
  }

  @Override
  public void predict(PredictRequest request, StreamObserver<PredictResponse> observer) {
    ThreadLocal<Predictor<NDList, NDList>> predictor =
        predictors.get(request.getModelSpec().getName());
    if (predictor == null) {
      observer.onError(Status.NOT_FOUND.asRuntimeException());
      return;
    }
    try (NDManager manager = NDManager.newBaseManager("OnnxRuntime")) {
      NDList inputs = new NDList();
      for (Tensor tensor : request.getInputsList()) {
        inputs.add(array(manager, tensor));
      }
      NDList outputs = predictor.get().predict(inputs);
      observer.onNext(response(request, outputs));
      outputs.close();
      observer.onCompleted();
    } catch (TranslateException e) {
      observer.onError(Status.INTERNAL.withCause(e).asRuntimeException());
    }
  }

  private static NDArray array(NDManager manager, Tensor tensor) {
    FloatBuffer raw =
        tensor.getRaw().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    float[] values = new float[raw.remaining()];
    raw.get(values);
    return manager.create(values, new Shape(tensor.getShapeList()));
  }

  private static PredictResponse response(PredictRequest request, NDList outputs) {
    PredictResponse.Builder response =
        PredictResponse.newBuilder().setModelSpec(request.getModelSpec()).setFinal(true);
    for (NDArray output : outputs) {
      Tensor.Builder tensor =
          Tensor.newBuilder()
              .setName(RawModel.OUTPUT)
              .setDtype(io.millrace.v1.DataType.DT_FP32)
              .setRaw(ByteString.copyFrom(output.toByteBuffer()));
      for (long size : output.getShape().getShape()) {
        tensor.addShape(size);
      }
      response.addOutputs(tensor);
    }
    return response.build();
  }
}
