package io.millrace.server.model;

import java.util.List;

/**
 * A request that comes with a model, to be tried before a version serves. Immutable.
 *
 * @param name for messages, such as {@code samples/setosa.json}
 * @param inputs in the order of the signature
 * @param expected what some outputs, or all, must be; empty if any answer will do
 * @param tolerance how far numbers with fractions may be from what is expected
 * @param isRequired whether the version fails if the request does
 */
public record Sample(
    String name,
    List<Tensor> inputs,
    List<Tensor> expected,
    Tolerance tolerance,
    boolean isRequired) {
  public Sample {
    inputs = List.copyOf(inputs);
    expected = List.copyOf(expected);
  }

  /** The same sample as one that must hold. */
  public Sample required() {
    return new Sample(name, inputs, expected, tolerance, true);
  }

  /**
   * How far a number may be off: the absolute distance and the relative one of the expected number
   * together.
   */
  public record Tolerance(double absolute, double relative) {
    /** Far above what another processor does to a result, and far below another model's answer. */
    public static final Tolerance STANDARD = new Tolerance(1e-5, 1e-3);

    public Tolerance {
      if (!(absolute >= 0) || !(relative >= 0)) {
        throw new IllegalArgumentException(
            "a tolerance is 0 or more, got %s and %s".formatted(absolute, relative));
      }
    }

    /** Whether the number may be taken for the expected one; equal infinities and NaNs may. */
    public boolean admits(double expected, double got) {
      return Double.compare(expected, got) == 0
          || (Double.isFinite(expected)
              && Math.abs(expected - got) <= absolute + relative * Math.abs(expected));
    }
  }
}
