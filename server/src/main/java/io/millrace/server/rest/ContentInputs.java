package io.millrace.server.rest;

import io.millrace.server.image.Decoding;
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
 * text, a file, an array, or a form with one part for each input. Confined to the calling thread.
 *
 * @param preprocess what the model's configuration says of such inputs
 * @param images decodes those of this call
 * @param maxBytes how large a tensor may become
 */
record ContentInputs(Signature signature, Preprocess preprocess, Decoding images, int maxBytes) {
  private static final String BY_QUERY = "say which one was sent, such as ?shape=2&shape=3";
  private static final String BY_NUMPY =
      "send the part as " + ContentKind.NPY_TYPE + ", which says its shape";

  /** The inputs that a body holds; whether they are all, and fit, the model's call will tell. */
  List<Tensor> read(RequestBody body, ContentQuery query) {
    Content whole = Content.ofBody(body.kind(), body.bytes(maxBytes));
    if (whole.kind() == ContentKind.MULTIPART) {
      requireBytes(whole);
      return readParts(Multipart.parse(whole.data(), body.type().parameter("boundary")));
    }
    return List.of(read(whole, query.choose(signature.inputs()), query));
  }

  private static void requireBytes(Content content) {
    if (content.data().isEmpty() && !content.kind().mayBeEmpty()) {
      throw content.empty();
    }
  }

  private List<Tensor> readParts(List<Multipart.Part> parts) {
    List<Tensor> tensors = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Multipart.Part part : parts) {
      String place = Multipart.Part.place(part.name());
      TensorSpec input = named(place, part.name());
      if (!seen.add(part.name())) {
        throw ServingException.refusal(
            Reason.TENSOR_DUPLICATE, place, "%s is given twice".formatted(place));
      }
      tensors.add(read(content(place, part, input), input, ContentQuery.NONE));
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
    return new Content(place, kind(place, part, input), part.data(), part.fileName());
  }

  private static ContentKind kind(String place, Multipart.Part part, TensorSpec input) {
    if (!part.contentType().isEmpty()) {
      return ContentKind.of(place, HeaderValue.parse(part.contentType()));
    }
    if (part.fileName().isPresent()) {
      return ContentKind.RAW;
    }
    return input.dtype() == DataType.BYTES ? ContentKind.TEXT : ContentKind.JSON;
  }

  private Tensor read(Content content, TensorSpec input, ContentQuery query) {
    requireBytes(content);
    return switch (content.kind()) {
      case JSON -> readJson(content, input);
      case TEXT, FILE -> SingleValue.read(content, input);
      case NPY -> NpyContent.read(content, input);
      case IMAGE -> readImage(content, input);
      case RAW -> readRaw(content, input, query);
      case MULTIPART ->
          throw Refusals.unsupported(
              content.place(), content.place() + ": a part cannot have parts of its own");
    };
  }

  private Tensor readRaw(Content content, TensorSpec input, ContentQuery query) {
    if (NpyContent.isSentAsValues(content, input.dtype())) {
      QueryParameter.requireMeaning(query, ContentKind.NPY);
      return NpyContent.read(content, input);
    }
    if (content.isNamed(".json") && input.dtype() != DataType.BYTES) {
      return readJson(content, input);
    }
    boolean isImage = preprocess.images().containsKey(input.name());
    if (content.fileName().isPresent() && isImage) {
      return readImage(content, input);
    }
    if (query.dtypeOr(input.dtype()) == DataType.BYTES && query.sizes().isEmpty()) {
      return SingleValue.read(content, input);
    }
    String advice = content.place().equals(Content.BODY) ? BY_QUERY : BY_NUMPY;
    return RawContent.read(content, input, query, advice);
  }

  private Tensor readImage(Content content, TensorSpec input) {
    Optional<ImagePlan> plan = preprocess.imagePlan(input);
    if (plan.isPresent()) {
      return images.decode(content.place(), content.bytes(), plan.get());
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
    PictureInputs pictures = new PictureInputs(preprocess, () -> images);
    NestedValues values =
        new InputValues(signature, pictures, maxBytes)
            .values(new NestedValues.Place(content.place(), ""), input);
    return new JsonText(content.data(), content.place())
        .readWhole(
            json -> {
              if (json.nextToken() == null) {
                throw content.empty();
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
