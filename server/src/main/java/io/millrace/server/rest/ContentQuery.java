package io.millrace.server.rest;

import io.grpc.Metadata;
import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Shape;
import io.millrace.server.model.TensorSpec;
import io.millrace.v1.HttpModelRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a caller says of a body beside its bytes.
 *
 * @param input the input that the body is for; empty if that goes without saying
 * @param dtype of a raw tensor; empty for the input's
 * @param sizes of a raw tensor; empty for what its bytes make of the input's shape
 * @param topK how many of the highest classes to tell in place of scores; 0 for the scores
 * @param accept the Accept header
 */
record ContentQuery(String input, String dtype, List<Long> sizes, int topK, String accept) {
  /** That says nothing. */
  static final ContentQuery NONE = new ContentQuery("", "", List.of(), 0, "");

  private static final Metadata.Key<String> ACCEPT = CallHeaders.key("accept");

  /** Call it on the thread that gRPC hands the call to; its context knows the headers. */
  static ContentQuery ofCurrentCall(HttpModelRequest request) {
    return of(request, CallHeaders.ofCurrentCall(ACCEPT).toLowerCase(Locale.ROOT));
  }

  /** What a request says, but for its headers. */
  static ContentQuery of(HttpModelRequest request) {
    return of(request, "");
  }

  private static ContentQuery of(HttpModelRequest request, String accept) {
    return new ContentQuery(
        request.getInput(), request.getDtype(), request.getShapeList(), request.getTopK(), accept);
  }

  /** Whether the answer shall name classes in place of scores. */
  boolean wantsClasses() {
    return topK != 0;
  }

  /** Which outputs to tell as their highest classes. */
  ClassCounts classes() {
    return !wantsClasses()
        ? ClassCounts.NONE
        : ClassCounts.ofScores("top_k", OptionalLong.of(topK), Integer.toString(topK));
  }

  /** Whether the answer shall be NumPy's. */
  boolean wantsNpy() {
    return accept.contains(ContentKind.NPY_TYPE);
  }

  /** Whether JSON would be as welcome. */
  boolean acceptsJson() {
    return accept.contains("json") || accept.contains("*/*");
  }

  DataType dtypeOr(DataType otherwise) {
    if (dtype.isEmpty()) {
      return otherwise;
    }
    return Arrays.stream(DataType.values())
        .filter(type -> type.name().equals(dtype))
        .findFirst()
        .orElseThrow(
            () ->
                Refusals.wrongType(
                    "dtype",
                    "?dtype=%s: there is no such type; they are %s"
                        .formatted(Quote.plain(dtype), Arrays.toString(DataType.values()))));
  }

  /** What the caller says of the shape, if anything. */
  Optional<Shape> shape() {
    if (sizes.isEmpty()) {
      return Optional.empty();
    }
    if (sizes.size() > Shape.MAX_RANK || sizes.stream().anyMatch(size -> size < 0)) {
      throw shapeOf(sizes, "a shape has up to %d sizes of 0 or more".formatted(Shape.MAX_RANK));
    }
    Shape shape = Shape.of(sizes.stream().mapToLong(Long::longValue).toArray());
    if (shape.elements().isEmpty() || shape.elements().getAsLong() > Integer.MAX_VALUE) {
      throw shapeOf(sizes, "these are more elements than a tensor can have");
    }
    return Optional.of(shape);
  }

  private static RuntimeException shapeOf(List<Long> sizes, String why) {
    return Refusals.wrongShape(
        "shape", "?shape=%s: %s".formatted(sizes.stream().limit(20).toList(), why));
  }

  /** The input that a body without parts is for. */
  TensorSpec choose(List<TensorSpec> inputs) {
    List<String> names = inputs.stream().map(TensorSpec::name).map(Quote::of).toList();
    if (input.isEmpty() && inputs.size() != 1) {
      throw Refusals.malformed(
          "input",
          "the model has the inputs %s; name one by ?input=NAME, or send multipart/form-data"
              .formatted(names));
    }
    return inputs.stream()
        .filter(spec -> input.isEmpty() || spec.name().equals(input))
        .findFirst()
        .orElseThrow(
            () ->
                Refusals.malformed(
                    "input",
                    "?input=%s: the model has no such input; its inputs are %s"
                        .formatted(Quote.plain(input), names)));
  }
}
