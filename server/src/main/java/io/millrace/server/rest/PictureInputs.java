package io.millrace.server.rest;

import io.millrace.server.image.Decoding;
import io.millrace.server.model.Preprocess;
import io.millrace.server.model.TensorSpec;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Which inputs of a model may stand in JSON as pictures, and who decodes them.
 *
 * @param preprocess what the model's configuration says of such inputs
 * @param images decodes those of the current call; asked for when there is one, and throws {@link
 *     TakesLong} where none may be decoded
 */
record PictureInputs(Preprocess preprocess, Supplier<Decoding> images) {
  /** Where pictures are no input. */
  static final PictureInputs NONE =
      new PictureInputs(
          Preprocess.NONE,
          () -> {
            throw new IllegalStateException("no input is a picture");
          });

  /** Where the pictures of an input are gathered, if they may come as such. */
  Optional<PictureRows> of(TensorSpec input, int maxBytes) {
    return preprocess.images().containsKey(input.name())
        ? Optional.of(new PictureRows(input, this, maxBytes))
        : Optional.empty();
  }
}
