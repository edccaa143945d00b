package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import io.millrace.server.image.Decoding;
import io.millrace.server.model.ImagePlan;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The pictures of one input that stand in JSON as base64. Each is decoded when it is read, so that
 * one file at a time lies in memory. Confined to the thread that reads.
 */
final class PictureRows {
  private final TensorSpec input;
  private final PictureInputs inputs;
  private final int maxBytes;
  private final List<Tensor> pictures = new ArrayList<>();
  private @Nullable ImagePlan plan;

  /**
   * @param maxBytes how large the tensor of several pictures may become; of one picture, {@code
   *     max_pixels} and the memory that decoding has are the limits, as if it had come as a body
   */
  PictureRows(TensorSpec input, PictureInputs inputs, int maxBytes) {
    this.input = input;
    this.inputs = inputs;
    this.maxBytes = maxBytes;
  }

  boolean isEmpty() {
    return pictures.isEmpty();
  }

  /** Forgets what was read so far. */
  void clear() {
    pictures.clear();
  }

  /**
   * Reads the picture that is a base64 object, of which the text is the current token.
   *
   * @param place where it stands
   * @param depth in how many lists it stands
   */
  void read(JsonParser json, Supplier<String> place, int depth) throws IOException {
    Decoding images = inputs.images().get();
    ImagePlan taken = plan();
    requireRoom(taken, place);
    if (depth > 1) {
      throw Refusals.wrongShape(
          place.get(),
          "%s: a picture is all of a row of %s, not a value in one".formatted(place.get(), input));
    }
    ByteBuffer file = Base64Value.readFileFromText(json, place);
    pictures.add(images.decodeCopy(place.get(), file, taken));
  }

  private ImagePlan plan() {
    if (plan == null) {
      plan = inputs.preprocess().imagePlan(input).orElseThrow();
    }
    return plan;
  }

  private void requireRoom(ImagePlan taken, Supplier<String> place) {
    long each = taken.shape().elements().orElseThrow() * input.dtype().byteSize();
    if (!isEmpty() && each * (pictures.size() + 1) > maxBytes) {
      throw ServingException.refusal(
              Reason.MESSAGE_TOO_LARGE,
              place.get(),
              "%s: %d pictures of %d bytes each, as the model takes them, are more than the limit of %d bytes; spread them over several calls"
                  .formatted(place.get(), pictures.size() + 1, each, maxBytes))
          .about(Map.of("limitBytes", Integer.toString(maxBytes)));
    }
  }

  /**
   * The shape of all of them.
   *
   * @param outer of the lists that they stand in: none, or one
   */
  Shape shape(Shape outer) {
    Shape one = plan().shape();
    if (outer.rank() == 0) {
      return one;
    }
    boolean hasRows = plan().settings().layout().hasRows();
    return Shape.of(
        LongStream.concat(
                LongStream.of(outer.toArray()), LongStream.of(one.toArray()).skip(hasRows ? 1 : 0))
            .toArray());
  }

  /** The values of all of them, one behind the other. */
  ByteBuffer data() {
    return pictures.size() == 1
        ? pictures.get(0).data()
        : inputs.images().get().joined(Content.BODY, pictures);
  }
}
