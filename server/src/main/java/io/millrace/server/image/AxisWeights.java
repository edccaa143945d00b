package io.millrace.server.image;

import io.millrace.server.model.ImagePreprocess.Interpolation;
import java.util.function.DoubleUnaryOperator;

/**
 * Of which samples of a line or column each sample of its resized form is made, and with which
 * weights. When an image shrinks, each of its pixels counts.
 *
 * <p>The arithmetic is Pillow's, bit for bit, since that is what models were trained with. Confined
 * to the thread that decodes.
 */
final class AxisWeights {
  static final int BITS = 22;

  private static final double ONE = 1 << BITS;

  private final int[] starts;
  private final int[] counts;
  private final int[] weights;
  private final int most;

  /**
   * @param size of the resized form
   * @param most samples that one of its samples is made of
   */
  private AxisWeights(int size, int most) {
    this.starts = new int[size];
    this.counts = new int[size];
    this.weights = new int[Math.multiplyExact(size, most)];
    this.most = most;
  }

  /** How many samples the resized form has. */
  int size() {
    return starts.length;
  }

  /** The first sample that the i-th is made of. */
  int start(int i) {
    return starts[i];
  }

  /** How many samples the i-th is made of. */
  int count(int i) {
    return counts[i];
  }

  /** Of the k-th sample that the i-th is made of, in units of 1 / 2^{@value #BITS}. */
  int weight(int i, int k) {
    return weights[i * most + k];
  }

  /**
   * @param from the first sample of the resized form that is wanted
   * @param count how many of them are wanted
   */
  static AxisWeights of(Interpolation filter, int size, long resized, long from, int count) {
    return switch (filter) {
      case NEAREST -> nearest(size, resized, from, count);
      case BILINEAR -> filtered(AxisWeights::triangle, 1, size, resized, from, count);
      case BICUBIC -> filtered(AxisWeights::cubic, 2, size, resized, from, count);
    };
  }

  private static AxisWeights nearest(int size, long resized, long from, int count) {
    AxisWeights axis = new AxisWeights(count, 1);
    double scale = (double) size / resized;
    // Summed up, as Pillow does it: in the middle between two samples the last bit decides.
    double at = scale / 2;
    for (long i = 0; i < from; i++) {
      at += scale;
    }
    for (int i = 0; i < count; i++, at += scale) {
      axis.starts[i] = Math.min(size - 1, (int) at);
      axis.counts[i] = 1;
      axis.weights[i] = (int) ONE;
    }
    return axis;
  }

  private static AxisWeights filtered(
      DoubleUnaryOperator filter, int reach, int size, long resized, long from, int count) {
    double scale = (double) size / resized;
    double stretch = Math.max(1, scale);
    double support = reach * stretch;
    int most = (int) Math.ceil(support) * 2 + 1;
    AxisWeights axis = new AxisWeights(count, most);
    double[] shares = new double[most];
    for (int i = 0; i < count; i++) {
      double center = (from + i + 0.5) * scale;
      int start = Math.max(0, (int) (center - support + 0.5));
      int end = Math.min(size, (int) (center + support + 0.5));
      double sum = 0;
      for (int x = start; x < end; x++) {
        shares[x - start] = filter.applyAsDouble((x - center + 0.5) * (1 / stretch));
        sum += shares[x - start];
      }
      axis.set(i, start, end - start, shares, sum);
    }
    return axis;
  }

  private void set(int i, int start, int count, double[] shares, double sum) {
    starts[i] = start;
    counts[i] = count;
    for (int x = 0; x < count; x++) {
      double share = sum == 0 ? shares[x] : shares[x] / sum;
      weights[i * most + x] = (int) (share * ONE + (share < 0 ? -0.5 : 0.5));
    }
  }

  private static double triangle(double x) {
    return Math.max(0, 1 - Math.abs(x));
  }

  /** Keys' cubic convolution with a = -0.5. */
  private static double cubic(double x) {
    double a = -0.5;
    double d = Math.abs(x);
    if (d < 1) {
      return ((a + 2) * d - (a + 3)) * d * d + 1;
    }
    return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
  }
}
