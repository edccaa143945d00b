package io.millrace.server.rest;

import io.millrace.server.model.BatchingConfig;
import io.millrace.server.model.ImagePreprocess;
import io.millrace.server.model.InstancesConfig;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Preprocess;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/** Files of small pictures, and models that take pictures. */
final class Pictures {
  private Pictures() {}

  /** One line of pixels; those that are not given are black. */
  static byte[] png(int width, int... pixels) {
    BufferedImage image = new BufferedImage(width, 1, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < pixels.length; i++) {
      image.setRGB(i, 0, pixels[i]);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  /** Serves a version 2 of a model, whose input {@code image} takes pictures in this form. */
  static void declare(RunningRest rest, String model, ImagePreprocess image) {
    rest.serve(
        model,
        2,
        new ModelConfig(
            List.of(),
            List.of(),
            InstancesConfig.DERIVED,
            BatchingConfig.DERIVED,
            OutputRoles.NONE,
            new Preprocess(Map.of("image", image))));
  }
}
