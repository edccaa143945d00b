package io.millrace.server.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.server.model.DataType;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Requests in JSON. */
final class JsonBody {
  private static final JsonFactory JSON = new JsonFactory();

  private JsonBody() {}

  /** TensorFlow Serving's columnar form: {@code {"inputs": ...}}. */
  static byte[] predict(PredictRequest request) throws BenchException {
    return write(
        json -> {
          json.writeStartObject();
          json.writeFieldName("inputs");
          List<Tensor> inputs = request.getInputsList();
          if (inputs.size() == 1) {
            nested(json, inputs.get(0));
          } else {
            columns(json, inputs);
          }
          json.writeEndObject();
        });
  }

  private static void columns(JsonGenerator json, List<Tensor> inputs) throws IOException {
    json.writeStartObject();
    for (Tensor input : inputs) {
      json.writeFieldName(input.getName());
      nested(json, input);
    }
    json.writeEndObject();
  }

  /** The Open Inference Protocol's form. */
  static byte[] infer(PredictRequest request) throws BenchException {
    return write(
        json -> {
          json.writeStartObject();
          json.writeArrayFieldStart("inputs");
          for (Tensor input : request.getInputsList()) {
            flat(json, input);
          }
          json.writeEndArray();
          json.writeEndObject();
        });
  }

  private static void flat(JsonGenerator json, Tensor input) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", input.getName());
    json.writeStringField("datatype", TensorValues.dtype(input).name());
    json.writeArrayFieldStart("shape");
    for (long size : input.getShapeList()) {
      json.writeNumber(size);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("data");
    JsonValues values = values(input);
    while (values.hasNext()) {
      values.writeNext(json, Text.PLAIN);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void nested(JsonGenerator json, Tensor input) throws IOException {
    nested(json, input.getShapeList(), values(input));
  }

  private static void nested(JsonGenerator json, List<Long> shape, JsonValues values)
      throws IOException {
    if (shape.isEmpty()) {
      values.writeNext(json, Text.BASE64_IF_NEEDED);
      return;
    }
    json.writeStartArray();
    for (long i = 0; i < shape.get(0); i++) {
      nested(json, shape.subList(1, shape.size()), values);
    }
    json.writeEndArray();
  }

  private static JsonValues values(Tensor input) throws BenchException {
    DataType dtype = TensorValues.dtype(input);
    long elements = input.getShapeList().stream().reduce(1L, (a, b) -> a * b);
    JsonValues values = JsonValues.of(dtype, TensorValues.raw(input), elements);
    if (values.count() != elements) {
      throw new BenchException(
          "input %s: the shape %s does not fit the number of values"
              .formatted(TensorValues.name(input), input.getShapeList()));
    }
    return values;
  }

  /** How bytes become text. */
  enum Text {
    PLAIN,
    BASE64_IF_NEEDED
  }

  /** Writes one document. */
  private interface Writing {
    void to(JsonGenerator json) throws IOException;
  }

  private static byte[] write(Writing writing) throws BenchException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      writing.to(json);
    } catch (BenchException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
