package io.millrace.server.grpc;

import com.google.protobuf.ByteString;
import io.millrace.server.inference.ExampleRows;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.tensorflow.BytesList;
import io.millrace.tensorflow.Example;
import io.millrace.tensorflow.Feature;
import io.millrace.tensorflow.FloatList;
import io.millrace.tensorflow.Int64List;
import io.millrace.tensorflow.serving.ExampleListWithContext;
import io.millrace.tensorflow.serving.Input;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Reads the examples of TensorFlow's clients: {@code int64_list} holds whole numbers of every type
 * and booleans, {@code float_list} numbers with fractions, {@code bytes_list} texts. Pure.
 *
 * @param maxBytes the most that the values of all examples may take
 */
record TensorFlowExamples(Input input, int maxBytes) {
  /** The examples as rows for a model of this signature. */
  ExampleRows rows(Signature signature) {
    return switch (input.getKindCase()) {
      case EXAMPLE_LIST -> {
        ExampleRows rows = new ExampleRows(signature, "input.example_list.", maxBytes);
        addExamples(rows, input.getExampleList().getExamplesList());
        yield rows;
      }
      case EXAMPLE_LIST_WITH_CONTEXT -> {
        ExampleRows rows = new ExampleRows(signature, "input.example_list_with_context.", maxBytes);
        ExampleListWithContext list = input.getExampleListWithContext();
        rows.beginContext();
        addFeatures(rows, list.getContext());
        addExamples(rows, list.getExamplesList());
        yield rows;
      }
      case KIND_NOT_SET ->
          throw RequestFields.malformed(
              "input", "input is empty; send example_list or example_list_with_context");
    };
  }

  /** How many they are. */
  int count() {
    return input.hasExampleListWithContext()
        ? input.getExampleListWithContext().getExamplesCount()
        : input.getExampleList().getExamplesCount();
  }

  private static void addExamples(ExampleRows rows, List<Example> examples) {
    for (Example example : examples) {
      rows.beginExample();
      addFeatures(rows, example);
    }
  }

  private static void addFeatures(ExampleRows rows, Example example) {
    example
        .getFeatures()
        .getFeatureMap()
        .forEach((name, feature) -> rows.slot(name).ifPresent(slot -> add(slot, feature)));
  }

  private static void add(ExampleRows.Slot slot, Feature feature) {
    switch (feature.getKindCase()) {
      case BYTES_LIST ->
          slot.fill(feature.getBytesList().getValueCount(), texts(slot, feature.getBytesList()));
      case FLOAT_LIST ->
          slot.fill(feature.getFloatList().getValueCount(), floats(slot, feature.getFloatList()));
      case INT64_LIST ->
          slot.fill(feature.getInt64List().getValueCount(), wholes(slot, feature.getInt64List()));
      case KIND_NOT_SET -> slot.fill(0, buffer(0));
    }
  }

  private static ByteBuffer buffer(long bytes) {
    return ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ServingException wrongList(ExampleRows.Slot slot, String list) {
    return slot.refusal(
        Reason.TENSOR_DTYPE_MISMATCH,
        "has a %s, but the input is %s, which comes in %s"
            .formatted(list, slot.dtype(), listOf(slot.dtype())));
  }

  private static String listOf(DataType dtype) {
    return switch (dtype) {
      case BYTES -> "bytes_list";
      case FP16, BF16, FP32, FP64 -> "float_list";
      case BOOL, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 -> "int64_list";
    };
  }

  private static ByteBuffer texts(ExampleRows.Slot slot, BytesList list) {
    if (slot.dtype() != DataType.BYTES) {
      throw wrongList(slot, "bytes_list");
    }
    long bytes = 0;
    for (ByteString text : list.getValueList()) {
      bytes += Integer.BYTES + (long) text.size();
    }
    ByteBuffer values = buffer(bytes);
    for (ByteString text : list.getValueList()) {
      values.putInt(text.size());
      text.copyTo(values);
    }
    return values.flip();
  }

  private static ByteBuffer floats(ExampleRows.Slot slot, FloatList list) {
    DataType dtype = slot.dtype();
    if (!listOf(dtype).equals("float_list")) {
      throw wrongList(slot, "float_list");
    }
    ByteBuffer values = buffer((long) list.getValueCount() * dtype.byteSize());
    for (int i = 0; i < list.getValueCount(); i++) {
      TypedValues.put(values, dtype, list.getValue(i));
    }
    return values.flip();
  }

  private static ByteBuffer wholes(ExampleRows.Slot slot, Int64List list) {
    DataType dtype = slot.dtype();
    if (!listOf(dtype).equals("int64_list")) {
      throw wrongList(slot, "int64_list");
    }
    LongRange range = LongRange.of(dtype);
    ByteBuffer values = buffer((long) list.getValueCount() * dtype.byteSize());
    for (int i = 0; i < list.getValueCount(); i++) {
      long value = list.getValue(i);
      if (!range.holds(value)) {
        throw slot.refusal(
            Reason.TENSOR_DTYPE_MISMATCH,
            "has %d at %d; %s values are %s".formatted(value, i, dtype, range));
      }
      TypedValues.put(values, dtype, value);
    }
    return values.flip();
  }
}
