package io.millrace.server.image;

import io.millrace.server.model.DataType;
import io.millrace.server.model.ImagePlan;
import io.millrace.server.model.ImagePreprocess.Channels;
import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes a picture as the values of a model's input. Confined to the thread that decodes. */
final class PixelTensor {
  private static final int SAMPLES = 256;

  private final Picture picture;
  private final ImagePlan plan;
  private final float[][] values;
  private final ByteBuffer data;

  private PixelTensor(Picture picture, ImagePlan plan) {
    this.picture = picture;
    this.plan = plan;
    this.values = values(plan);
    this.data =
        ByteBuffer.allocate(picture.samples().length * plan.input().dtype().byteSize())
            .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The tensor; the picture has the plan's size. */
  static Tensor of(Picture picture, ImagePlan plan) {
    return new PixelTensor(picture, plan).tensor();
  }

  /** For each channel the value of each sample, with a float's arithmetic as torchvision has it. */
  private static float[][] values(ImagePlan plan) {
    float[][] values = new float[plan.mean().size()][SAMPLES];
    for (int channel = 0; channel < values.length; channel++) {
      float mean = plan.mean().get(channel).floatValue();
      float std = plan.std().get(channel).floatValue();
      for (int sample = 0; sample < SAMPLES; sample++) {
        values[channel][sample] = ((float) (sample * plan.scale()) - mean) / std;
      }
    }
    return values;
  }

  private Tensor tensor() {
    int pixels = picture.width() * picture.height();
    if (plan.settings().layout().isInterleaved()) {
      for (int pixel = 0; pixel < pixels; pixel++) {
        for (int channel = 0; channel < picture.channels(); channel++) {
          put(pixel, channel);
        }
      }
    } else {
      for (int channel = 0; channel < picture.channels(); channel++) {
        for (int pixel = 0; pixel < pixels; pixel++) {
          put(pixel, channel);
        }
      }
    }
    return new Tensor(plan.input().name(), plan.input().dtype(), plan.shape(), data.flip());
  }

  /**
   * @param channel in the order of the tensor
   */
  private void put(int pixel, int channel) {
    int color =
        plan.settings().channels() == Channels.BGR ? picture.channels() - 1 - channel : channel;
    byte sample = picture.samples()[pixel * picture.channels() + color];
    if (plan.input().dtype() == DataType.UINT8) {
      data.put(sample);
    } else {
      data.putFloat(values[channel][sample & 0xFF]);
    }
  }
}
