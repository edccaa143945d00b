package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.UnsafeByteOperations;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Sample;
import io.millrace.server.model.Sample.Tolerance;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Reads samples: the body of a {@code :predict} call, and beside it the answer that is expected and
 * how exactly. Since both are what callers send and get, a sample can be made with curl.
 */
public final class SampleReader {
  private static final Set<String> KEYS =
      Set.of("instances", "inputs", "signature_name", "expected", "tolerance");

  private final JsonText text;
  private final String name;
  private final Signature signature;
  private final int maxBytes;

  private SampleReader(JsonText text, String name, Signature signature) {
    this.text = text;
    this.name = name;
    this.signature = signature;
    // Values may be written in two characters and take eight bytes.
    this.maxBytes = (int) Math.min(Integer.MAX_VALUE, 8L * text.bytes().size() + 1024);
  }

  /**
   * The sample in a file; empty if the file is a message for grpcurl or the Open Inference
   * Protocol, as they lie in the same folders, and expects nothing.
   *
   * @param name for messages
   * @throws ServingException that says what is wrong with the text
   */
  public static Optional<Sample> read(String name, byte[] json, Signature signature) {
    JsonText text = new JsonText(UnsafeByteOperations.unsafeWrap(json));
    return new SampleReader(text, name, signature).read();
  }

  /**
   * Whether the text, which could not be read, names an expected answer; false if it is no JSON.
   */
  public static boolean expects(byte[] json) {
    try {
      JsonText text = new JsonText(UnsafeByteOperations.unsafeWrap(json));
      return text.read(SampleReader::keys).contains("expected");
    } catch (ServingException e) {
      return false;
    }
  }

  private Optional<Sample> read() {
    Set<String> keys = text.read(SampleReader::keys);
    boolean isMessage = keys.contains("model_spec") || keys.contains("model_name");
    if ((isMessage || text.read(SampleReader::holdsTensors)) && !keys.contains("expected")) {
      return Optional.empty();
    }
    keys.stream().filter(key -> !KEYS.contains(key)).findFirst().ifPresent(SampleReader::refuse);
    List<Tensor> inputs = inOrder(PredictBody.read(text, signature, maxBytes).inputs());
    List<Tensor> expected =
        at("expected", json -> new ExpectedOutputs(signature, maxBytes).read(json))
            .orElse(List.of());
    Tolerance tolerance = at("tolerance", SampleReader::tolerance).orElse(Tolerance.STANDARD);
    return Optional.of(new Sample(name, inputs, expected, tolerance, !expected.isEmpty()));
  }

  private static void refuse(String key) {
    throw Refusals.malformed(
        key,
        "unknown key %s; a sample has instances or inputs as :predict takes them, expected and"
                .formatted(Quote.of(key))
            + " tolerance");
  }

  private static Set<String> keys(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw Refusals.malformed("a sample must be a JSON object with instances or inputs");
    }
    Set<String> keys = new LinkedHashSet<>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      if (!keys.add(json.currentName())) {
        throw Refusals.twice(json.currentName());
      }
      json.nextToken();
      json.skipChildren();
    }
    return keys;
  }

  /** Whether the inputs are a list of tensors with their names, as other protocols write them. */
  private static boolean holdsTensors(JsonParser json) throws IOException {
    return find(json, "inputs")
        && json.currentToken() == JsonToken.START_ARRAY
        && json.nextToken() == JsonToken.START_OBJECT
        && json.nextToken() == JsonToken.FIELD_NAME
        && !json.currentName().equals(Base64Value.KEY);
  }

  /** Goes on to the value of a key of the outermost object. */
  private static boolean find(JsonParser json, String key) throws IOException {
    json.nextToken();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      boolean isIt = json.currentName().equals(key);
      json.nextToken();
      if (isIt) {
        return true;
      }
      json.skipChildren();
    }
    return false;
  }

  private <T> Optional<T> at(String key, JsonText.Reading<T> reading) {
    return text.read(json -> find(json, key) ? Optional.of(reading.read(json)) : Optional.empty());
  }

  /** As the engine takes them, which runs a sample without the checks that calls pass. */
  private List<Tensor> inOrder(List<Tensor> read) {
    Map<String, Tensor> byName =
        read.stream().collect(Collectors.toMap(Tensor::name, Function.identity()));
    List<Tensor> ordered = new ArrayList<>();
    for (TensorSpec spec : signature.inputs()) {
      Tensor input = byName.get(spec.name());
      if (input == null || !spec.shape().accepts(input.shape())) {
        throw Refusals.wrongShape(
            spec.name(),
            "input %s: expected shape %s (-1 is any size), got %s"
                .formatted(
                    Quote.of(spec.name()), spec.shape(), input == null ? "none" : input.shape()));
      }
      ordered.add(input);
    }
    return ordered;
  }

  private static Tolerance tolerance(JsonParser json) throws IOException {
    double absolute = Tolerance.STANDARD.absolute();
    double relative = Tolerance.STANDARD.relative();
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw notATolerance();
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      if (!json.nextToken().isNumeric() || !(json.getDoubleValue() >= 0)) {
        throw notATolerance();
      }
      switch (key) {
        case "absolute" -> absolute = json.getDoubleValue();
        case "relative" -> relative = json.getDoubleValue();
        default -> throw notATolerance();
      }
    }
    return new Tolerance(absolute, relative);
  }

  private static ServingException notATolerance() {
    return Refusals.malformed(
        "tolerance",
        "tolerance must be an object with absolute, relative or both, each a number of 0 or more,"
            + " such as {\"absolute\": 0.001}");
  }
}
