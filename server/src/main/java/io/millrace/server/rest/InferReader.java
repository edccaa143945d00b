package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.ByteString;
import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads an infer body of the Open Inference Protocol: keys in any order, unknown ones passed over.
 * Confined to the thread that reads; for one body.
 */
final class InferReader {
  /** Others are passed over, however many and often. */
  private static final Set<String> KEYS = Set.of("id", "parameters", "inputs", "outputs");

  private static final int MAX_TENSORS = 64;
  private static final int MAX_ID_LENGTH = 1_024;

  private final JsonText text;
  private final BinaryTensors tensors;
  private final int maxBytes;
  private final List<Tensor> inputs = new ArrayList<>();
  private final List<String> outputs = new ArrayList<>();
  private final Map<String, Boolean> binaryOutputs = new HashMap<>();
  private ClassCounts classes = ClassCounts.NONE;
  private String id = "";
  private InferParameters.OfCall parameters = InferParameters.OfCall.NONE;

  /** A reader of a body that is JSON to its end. */
  InferReader(JsonText text, int maxBytes) {
    this(text, BinaryTensors.none(), maxBytes);
  }

  /**
   * @param tensors what stands behind the JSON
   * @param maxBytes how large each tensor may become
   */
  InferReader(JsonText text, BinaryTensors tensors, int maxBytes) {
    this.text = text;
    this.tensors = tensors;
    this.maxBytes = maxBytes;
  }

  /** A reader of a body of which the header says where its JSON ends. */
  static InferReader of(ByteString body, HeadLength head, int maxBytes) {
    if (!head.isGiven()) {
      return new InferReader(new JsonText(body), maxBytes);
    }
    int length = head.within(body.size());
    return new InferReader(
        new JsonText(body.substring(0, length)),
        BinaryTensors.behindJson(body.substring(length)),
        maxBytes);
  }

  InferBody read() {
    InferBody read = text.readWhole(this::read);
    tensors.requireAllTaken();
    return read;
  }

  private InferBody read(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw Refusals.malformed("the body must be a JSON object with inputs");
    }
    Set<String> seen = new HashSet<>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      json.nextToken();
      if (KEYS.contains(key) && !seen.add(key)) {
        throw Refusals.malformed(Quote.of(key) + " is given twice");
      }
      readField(json, key);
    }
    if (!seen.contains("inputs")) {
      throw Refusals.malformed("inputs", "the body has no inputs");
    }
    WantedOutputs wanted =
        new WantedOutputs(outputs, parameters.allBinary(), binaryOutputs, classes);
    return new InferBody(id, List.copyOf(inputs), wanted, parameters.known());
  }

  private void readField(JsonParser json, String key) throws IOException {
    switch (key) {
      case "id" -> id = readId(json);
      case "parameters" -> parameters = InferParameters.ofCall(json);
      case "inputs" -> readList(json, "inputs", this::readInput);
      case "outputs" -> readList(json, "outputs", this::readOutput);
      default -> json.skipChildren();
    }
  }

  /** The id that is the current token. */
  static String readId(JsonParser json) throws IOException {
    String id = text(json, "id");
    if (id.length() > MAX_ID_LENGTH) {
      throw Refusals.malformed(
          "id", "an id is at most %d characters, got %d".formatted(MAX_ID_LENGTH, id.length()));
    }
    return id;
  }

  /** Reads the object that begins with the current token. */
  private interface Entry {
    void read(JsonParser json, String path) throws IOException;
  }

  private static void readList(JsonParser json, String field, Entry entry) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw Refusals.malformed(field, field + " must be a list");
    }
    int count = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      String path = "%s[%d]".formatted(field, count++);
      if (count > MAX_TENSORS) {
        throw ServingException.refusal(
            Reason.TOO_MANY_TENSORS,
            field,
            "%s has more than %d entries".formatted(field, MAX_TENSORS));
      }
      if (json.currentToken() != JsonToken.START_OBJECT) {
        throw Refusals.malformed(path, path + " must be an object");
      }
      entry.read(json, path);
    }
  }

  private void readInput(JsonParser json, String path) throws IOException {
    Tensor input = new InferInput(text, tensors, path, maxBytes).read(json);
    if (inputs.stream().anyMatch(other -> other.name().equals(input.name()))) {
      throw duplicate(path, input.name());
    }
    inputs.add(input);
  }

  private void readOutput(JsonParser json, String path) throws IOException {
    String name = "";
    InferParameters.OfOutput form = InferParameters.OfOutput.NONE;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      json.nextToken();
      switch (key) {
        case "name" -> name = text(json, path + ".name");
        case "parameters" -> form = InferParameters.ofOutput(json, path + ".parameters");
        default -> json.skipChildren();
      }
    }
    if (name.isEmpty()) {
      throw Refusals.malformed(path + ".name", path + " has no name");
    }
    if (outputs.contains(name)) {
      throw duplicate(path, name);
    }
    note(path, name, form);
  }

  private void note(String path, String name, InferParameters.OfOutput form) {
    outputs.add(name);
    form.binary().ifPresent(binary -> binaryOutputs.put(name, binary));
    if (form.classes().isPresent()) {
      InferParameters.Count count = form.classes().get();
      String place = path + ".parameters." + ClassCounts.PARAMETER;
      classes = classes.with(place, name, count.number(), count.written());
    }
  }

  private static ServingException duplicate(String path, String name) {
    return ServingException.refusal(
        Reason.TENSOR_DUPLICATE,
        path + ".name",
        "tensor %s is named twice".formatted(Quote.of(name)));
  }

  /** The text that is the current token. */
  static String text(JsonParser json, String path) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw Refusals.malformed(path, path + " must be a text");
    }
    return json.getText();
  }
}
