package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.millrace.server.image.Decoding;
import io.millrace.server.image.ImageDecoder;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ImageLayout;
import io.millrace.server.model.ImagePreprocess;
import io.millrace.server.model.ImagePreprocess.Channels;
import io.millrace.server.model.ImagePreprocess.PixelValues;
import io.millrace.server.model.ImagePreprocess.Resizing;
import io.millrace.server.model.Preprocess;
import io.millrace.server.model.TensorSpec;
import java.io.IOException;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A picture becomes 64 x 64 pixels of 3 bytes, 12 KiB. */
final class PictureRowsTest {
  private static final TensorSpec INPUT = TensorSpec.of("image", DataType.UINT8, -1, 64, 64, 3);

  private static PictureInputs inputs(Decoding decoding) {
    ImagePreprocess image =
        new ImagePreprocess(
            64, 64, ImageLayout.NHWC, Channels.RGB, PixelValues.DEFAULT, Resizing.DEFAULT, 100);
    return new PictureInputs(new Preprocess(Map.of("image", image)), () -> decoding);
  }

  private static void read(PictureRows rows, int row) throws IOException {
    String file = Base64.getEncoder().encodeToString(Pictures.png(2));
    try (JsonParser json = new JsonFactory().createParser("{\"b64\": \"" + file + "\"}")) {
      json.nextToken();
      Base64Value.open(json, () -> "instances[" + row + "]");
      rows.read(json, () -> "instances[" + row + "]", 1);
    }
  }

  @Test
  void whatIsTooMuchTogether_isTheBodysMatter() throws IOException {
    try (Decoding decoding = new ImageDecoder(128 << 10).begin(() -> {})) {
      PictureRows rows = new PictureRows(INPUT, inputs(decoding), 1 << 20);
      for (int row = 0; row < 6; row++) {
        read(rows, row);
      }

      assertThatThrownBy(rows::data)
          .hasMessageStartingWith("body: to make one tensor of the 6 pictures takes 1 MiB beside");
    }
  }

  @Test
  void aPictureThatIsTooMuchBesideOthers_isNamedWithWhatTheyHold() throws IOException {
    try (Decoding decoding = new ImageDecoder(128 << 10).begin(() -> {})) {
      PictureRows rows = new PictureRows(INPUT, inputs(decoding), 1 << 20);

      assertThatThrownBy(
              () -> {
                for (int row = 0; row < 11; row++) {
                  read(rows, row);
                }
              })
          .hasMessageContaining(": to decode the image takes 1 MiB beside the 1 MiB")
          .hasMessageStartingWith("instances[");
    }
  }
}
