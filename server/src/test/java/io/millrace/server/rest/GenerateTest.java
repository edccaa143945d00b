package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.HttpBody;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import io.millrace.v1.HttpModelRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Triton's generate and generate_stream, at the door. */
final class GenerateTest {
  private static final Map<String, Signature> MODELS =
      Map.of(
          "chat",
          new Signature(
              List.of(TensorSpec.of("text_input", DataType.BYTES, -1)),
              List.of(TensorSpec.of("text_output", DataType.BYTES, -1))),
          "numbers",
          new Signature(
              List.of(TensorSpec.of("x", DataType.FP32, -1, 2)),
              List.of(TensorSpec.of("y", DataType.FP32, -1, 2))),
          "odd",
          new Signature(
              List.of(TensorSpec.of("x", DataType.INT64, -1)),
              List.of(TensorSpec.of("model_name", DataType.INT64, -1))));

  private RunningRest rest = new RunningRest(MODELS, Runnable::run);

  @AfterEach
  void stop() {
    rest.close();
  }

  private static HttpModelRequest request(String model, String body) {
    return RunningRest.request(model, body.replace('\'', '"'));
  }

  private String generate(String model, String body) {
    return rest.stub().v2ModelGenerate(request(model, body)).getData().toStringUtf8();
  }

  private List<HttpBody> stream(HttpModelRequest request) {
    List<HttpBody> events = new ArrayList<>();
    rest.stub().v2ModelGenerateStream(request).forEachRemaining(events::add);
    return events;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "chat | {'text_input': 'hi', 'parameters': {'stream': false}} | {'model_name':'chat','model_version':'1','text_output':'hi'}",
        "chat | {'text_input': ['a', 'b'], 'id': '7'} | {'model_name':'chat','model_version':'1','id':'7','text_output':['a','b']}",
        "chat | {'text_input': []} | {'model_name':'chat','model_version':'1','text_output':[]}",
        "numbers | {'x': [1, 2, 3, 4]} | {'model_name':'numbers','model_version':'1','y':[1.0,2.0,3.0,4.0]}",
        "odd | {'x': 5} | {'model_version':'1','model_name':5}",
      })
  void theAnswer_isOneFlatObject(String model, String body, String answer) {
    assertThat(generate(model, body)).isEqualTo(answer.replace('\'', '"') + "\n");
  }

  @Test
  void theStream_isTheSameAnswerAsOneEvent() {
    List<HttpBody> events = stream(request("chat", "{'text_input': 'two\\nlines'}"));

    assertThat(events).hasSize(1);
    assertThat(events.get(0).getContentType()).isEqualTo("text/event-stream; charset=utf-8");
    assertThat(events.get(0).getData().toStringUtf8())
        .isEqualTo(
            "data: {\"model_name\":\"chat\",\"model_version\":\"1\",\"text_output\":"
                + "\"two\\nlines\"}\n\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "chat | {} | TENSOR_MISSING | 'text_input'",
        "chat | {'text': 'hi'} | TENSOR_MISSING | 'text_input'",
        "chat | {'text_input': {'b64': '//4='}} | UNSUPPORTED_OPERATION | 'text_output' holds bytes that are no UTF-8 text",
        "numbers | {'x': [[1, 2, 3]]} | TENSOR_SHAPE_MISMATCH | 'x': expected shape [-1, 2]",
        "nobody | {} | MODEL_NOT_FOUND | 'nobody'",
      })
  void whatFails_hasItsStatusInBothForms(String model, String body, String reason, String words) {
    for (RunningRest.End end :
        List.of(
            RunningRest.failed(() -> rest.stub().v2ModelGenerate(request(model, body))),
            RunningRest.failed(() -> stream(request(model, body)).get(0)))) {
      assertThat(end.reason()).isEqualTo(reason);
      assertThat(end.message()).contains(words);
    }
  }

  @Test
  void aVersionThatGoesWhileItsBodyIsRead_isFollowedByItsSuccessor() {
    AtomicInteger runs = new AtomicInteger();
    rest.close();
    rest =
        new RunningRest(
            MODELS,
            Runnable::run,
            running ->
                request -> {
                  if (runs.getAndIncrement() == 0) {
                    running.serve("chat", 2);
                  }
                  return running.inference.infer(request);
                });

    assertThat(generate("chat", "{'text_input': 'hi'}")).contains("\"model_version\":\"2\"");
    assertThat(runs).hasValue(2);
  }
}
