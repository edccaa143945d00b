package io.millrace.server.rest;

import io.millrace.server.model.Quote;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the values of a model's inputs are gathered, by name.
 *
 * @param pictures which of them may stand there as pictures
 * @param maxBytes how large each tensor of values may become
 */
record InputValues(Signature signature, PictureInputs pictures, int maxBytes) {
  /** The only input, if the model has one; then a body may leave out its name. */
  boolean isSingle() {
    return signature.inputs().size() == 1;
  }

  TensorSpec single() {
    return signature.inputs().get(0);
  }

  NestedValues values(NestedValues.Place place, TensorSpec spec) {
    return values(place, spec, new TensorValues(spec.dtype(), maxBytes));
  }

  private NestedValues values(NestedValues.Place place, TensorSpec spec, TensorValues values) {
    return new NestedValues(
        place, values, NestedValues.BytesForm.TEXT_OR_BASE64, pictures.of(spec, maxBytes));
  }

  /** The inputs in the model's order. */
  Map<String, TensorSpec> byName() {
    Map<String, TensorSpec> specs = new LinkedHashMap<>();
    signature.inputs().forEach(spec -> specs.put(spec.name(), spec));
    return specs;
  }

  /** For messages. */
  List<String> names() {
    return signature.inputs().stream().map(TensorSpec::name).map(Quote::of).toList();
  }
}
