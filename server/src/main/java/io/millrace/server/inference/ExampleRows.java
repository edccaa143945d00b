package io.millrace.server.inference;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gathers examples into the inputs of a model. Each example is a row, and each of its features the
 * values of the input of that name; a context holds features that all examples share. What does not
 * fit ends in a ServingException that names example and feature. Confined to one thread.
 */
public final class ExampleRows {
  private static final String EXAMPLES = "examples";
  private static final String CONTEXT = "context";

  private final String prefix;
  private final int maxBytes;
  private final Map<String, FeatureColumn> columns = new LinkedHashMap<>();
  private boolean inContext;
  private int examples;
  private long taken;

  /**
   * @param prefix of examples and context in the request, such as {@code input.}
   * @param maxBytes what the values of all inputs may take together
   * @throws ServingException if examples cannot fill the inputs
   */
  public ExampleRows(Signature signature, String prefix, int maxBytes) {
    this.prefix = prefix;
    this.maxBytes = maxBytes;
    signature.inputs().forEach(input -> columns.put(input.name(), new FeatureColumn(input)));
    if (columns.isEmpty()) {
      throw ServingException.refusal(
          Reason.REQUEST_MALFORMED, "the model takes no inputs, which examples could fill");
    }
  }

  /** What is given now is shared by all examples. */
  public void beginContext() {
    inContext = true;
  }

  /** What is given now belongs to the next example. */
  public void beginExample() {
    inContext = false;
    examples++;
  }

  /** A feature of the current example or of the context, whose values are still to come. */
  public final class Slot {
    private final FeatureColumn column;

    private Slot(FeatureColumn column) {
      this.column = column;
    }

    /** What the values are for. */
    public TensorSpec input() {
      return column.input();
    }

    /** The type that the values must have. */
    public DataType dtype() {
      return column.input().dtype();
    }

    /**
     * Takes the values.
     *
     * @param count how many they are
     * @param values in the form of {@link Tensor#data()}
     */
    public void fill(long count, ByteBuffer values) {
      if (!column.takes(count)) {
        throw refusal(
            Reason.TENSOR_SHAPE_MISMATCH,
            "has %d values, but %s are needed".formatted(count, column.expected()));
      }
      taken += values.remaining();
      requireAtMostMax(taken);
      column.add(count, values, inContext);
    }

    /** A refusal that names example and feature. */
    public ServingException refusal(Reason reason, String words) {
      return ExampleRows.this.refusal(
          reason, at(), "feature %s %s".formatted(Quote.of(column.input().name()), words));
    }
  }

  /** Where the next feature stands: {@code examples[2]} or {@code context}. */
  public String at() {
    return inContext ? CONTEXT : at(examples - 1);
  }

  private static String at(int example) {
    return EXAMPLES + "[" + example + "]";
  }

  private ServingException refusal(Reason reason, String place, String words) {
    return ServingException.refusal(reason, prefix + place, place + ": " + words);
  }

  /**
   * Where the values of a feature go; nowhere if the model has no such input, for TensorFlow's
   * {@code parse_example} passes over it too, and examples often tell more than one model asks for.
   *
   * @throws ServingException if the feature was given before, or missed in an example before this
   *     one
   */
  public Optional<Slot> slot(String feature) {
    return Optional.ofNullable(columns.get(feature)).map(this::slotIn);
  }

  private Slot slotIn(FeatureColumn column) {
    Slot slot = new Slot(column);
    boolean isAgain = inContext ? column.isShared() : column.rows() == examples;
    if (isAgain) {
      throw slot.refusal(Reason.TENSOR_DUPLICATE, "is given twice");
    }
    if (column.isShared() || (inContext && column.rows() > 0)) {
      throw slot.refusal(
          Reason.TENSOR_DUPLICATE,
          "is both in the context and in an example; leave one of them out");
    }
    if (!inContext && column.rows() < examples - 1) {
      throw missing(column);
    }
    return slot;
  }

  private ServingException missing(FeatureColumn column) {
    return refusal(
        Reason.TENSOR_MISSING,
        at(column.rows()),
        "feature %s is missing; each example needs %s, unless the context has them"
            .formatted(Quote.of(column.input().name()), names()));
  }

  private List<String> names() {
    return columns.keySet().stream().map(Quote::of).toList();
  }

  private void requireAtMostMax(long bytes) {
    if (bytes > maxBytes) {
      throw ServingException.refusal(
          Reason.MESSAGE_TOO_LARGE,
          "the values of the examples take more than the limit of %d bytes".formatted(maxBytes));
    }
  }

  /**
   * What the values of all inputs will take: the context counts once for each example.
   *
   * @throws ServingException if that is more than the limit
   */
  public long bytes() {
    long bytes = columns.values().stream().mapToLong(column -> column.bytes(examples)).sum();
    requireAtMostMax(bytes);
    return bytes;
  }

  /**
   * The inputs, in the model's order, with a row for each example.
   *
   * @throws ServingException if there is no example, or a feature is missing
   */
  public List<Tensor> tensors() {
    if (examples == 0) {
      throw refusal(Reason.REQUEST_MALFORMED, EXAMPLES, "there are none; give one or more");
    }
    for (FeatureColumn column : columns.values()) {
      if (!column.isShared() && column.rows() < examples) {
        throw missing(column);
      }
    }
    requireAtMostMax(bytes());
    return columns.values().stream().map(column -> column.tensor(examples)).toList();
  }
}
