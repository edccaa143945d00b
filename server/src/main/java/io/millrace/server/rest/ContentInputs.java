package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.ByteString;
import io.millrace.server.image.ImageDecoder;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ImagePlan;
import io.millrace.server.model.Preprocess;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Makes the inputs of one model of what callers send that is no JSON of a protocol: a picture, a
 * text, a file, an array, or a form with one part for each input. Immutable.
 *
 * @param preprocess what the model's configuration says of such inputs
 * @param refuseIfOver throws when the caller has gone
 * @param maxBytes how large a tensor may become
 */
record ContentInputs(
    Signature signature,
    Preprocess preprocess,
    ImageDecoder images,
    Runnable refuseIfOver,
    int maxBytes) {
  private static final String BODY = "body";

  /**
   * The inputs that a body holds; whether they are all, and fit, the model's call will tell.
   *
   * @param type the Content-Type of the body
   */
  List<Tensor> read(HeaderValue type, ByteString data, ContentQuery query) {
    ContentKind kind = ContentKind.of(BODY, type);
    if (kind == ContentKind.MULTIPART) {
      return readParts(Multipart.parse(data, type.parameter("boundary")), query);
    }
    TensorSpec input = query.choose(signature.inputs());
    return List.of(read(new Content(BODY, kind, data, false), input, query));
  }

  private List<Tensor> readParts(List<Multipart.Part> parts, ContentQuery query) {
    List<Tensor> tensors = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Multipart.Part part : parts) {
      String place = "part " + Quote.of(part.name());
      TensorSpec input = named(place, part.name());
      if (!seen.add(part.name())) {
        throw ServingException.refusal(
            Reason.TENSOR_DUPLICATE, place, "%s is given twice".formatted(place));
      }
      tensors.add(read(content(place, part, input), input, query));
    }
    return tensors;
  }

  private TensorSpec named(String place, String name) {
    return signature.inputs().stream()
        .filter(spec -> spec.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                Refusals.malformed(
                    place,
                    "%s: the model has no such input; its inputs are %s"
                        .formatted(
                            place,
                            signature.inputs().stream()
                                .map(TensorSpec::name)
                                .map(Quote::of)
                                .toList())));
  }

  /** A field of a form says no type; it is text, or numbers where the model takes numbers. */
  private static Content content(String place, Multipart.Part part, TensorSpec input) {
    boolean isFile = part.fileName().isPresent();
    if (!part.contentType().isEmpty()) {
      ContentKind kind = ContentKind.of(place, HeaderValue.parse(part.contentType()));
      return new Content(place, kind, part.data(), isFile);
    }
    ContentKind kind = isFile ? ContentKind.RAW : ContentKind.TEXT;
    boolean isNumbers = !isFile && input.dtype() != DataType.BYTES;
    return new Content(place, isNumbers ? ContentKind.JSON : kind, part.data(), isFile);
  }

  private Tensor read(Content content, TensorSpec input, ContentQuery query) {
    return switch (content.kind()) {
      case JSON -> readJson(content, input);
      case TEXT, FILE -> SingleValue.read(content, input);
      case NPY -> NpyContent.read(content, input);
      case IMAGE -> readImage(content, input);
      case RAW -> readRaw(content, input, query);
      case MULTIPART ->
          throw Refusals.unsupported(content.place() + ": a part cannot have parts of its own");
    };
  }

  private Tensor readRaw(Content content, TensorSpec input, ContentQuery query) {
    boolean isImage = preprocess.images().containsKey(input.name());
    if (content.isNamedFile() && isImage) {
      return readImage(content, input);
    }
    return input.dtype() == DataType.BYTES && query.sizes().isEmpty()
        ? SingleValue.read(content, input)
        : RawContent.read(content, input, query);
  }

  private Tensor readImage(Content content, TensorSpec input) {
    Optional<ImagePlan> plan = preprocess.imagePlan(input);
    if (plan.isPresent()) {
      return images.decode(content.place(), content.bytes(), plan.get(), refuseIfOver);
    }
    if (input.dtype() == DataType.BYTES) {
      return SingleValue.read(content, input);
    }
    throw Refusals.wrongType(
        content.place(),
        "%s: expected %s for input %s, got an image, of which nobody says how it becomes that; preprocess in the model's config.yaml can"
            .formatted(content.place(), input.dtype(), Quote.of(input.name())));
  }

  private Tensor readJson(Content content, TensorSpec input) {
    NestedValues values =
        new NestedValues(
            new NestedValues.Place(content.place(), ""),
            input.dtype(),
            NestedValues.BytesForm.TEXT_OR_BASE64,
            maxBytes);
    return new JsonText(content.data())
        .readWhole(
            json -> {
              JsonToken first = json.nextToken();
              if (first == null) {
                throw Refusals.malformed(
                    content.place(), content.place() + ": expected JSON, got nothing");
              }
              values.read(json);
              return tensor(values, input);
            });
  }

  /** A bare number is one row where the model takes rows. */
  private static Tensor tensor(NestedValues values, TensorSpec input) {
    return values.shape().rank() == 0
        ? values.tensor(input.name(), SingleValue.shape(input).orElse(values.shape()))
        : values.tensor(input.name());
  }
}
