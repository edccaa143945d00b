package io.millrace.server.grpc;

import static io.millrace.server.grpc.PlainFields.BYTES;
import static io.millrace.server.grpc.PlainFields.TYPE_BITS;
import static io.millrace.server.grpc.PlainFields.VARINT;
import static io.millrace.server.grpc.PlainFields.require;
import static io.millrace.server.grpc.PlainFields.unusual;

import io.millrace.server.model.DataType;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionSelector;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a Predict request straight from its bytes, of which its tensors become views. Confined to
 * one thread.
 */
final class PredictReader {
  private static final int MODEL_SPEC = PredictRequest.MODEL_SPEC_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int ID = PredictRequest.ID_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int INPUT = PredictRequest.INPUTS_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int OUTPUT = PredictRequest.OUTPUT_FILTER_FIELD_NUMBER << TYPE_BITS | BYTES;

  private static final int MODEL_NAME = ModelSpec.NAME_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int VERSION = ModelSpec.VERSION_FIELD_NUMBER << TYPE_BITS | VARINT;
  private static final int LABEL = ModelSpec.VERSION_LABEL_FIELD_NUMBER << TYPE_BITS | BYTES;

  private static final int NAME = io.millrace.v1.Tensor.NAME_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int DTYPE = io.millrace.v1.Tensor.DTYPE_FIELD_NUMBER << TYPE_BITS | VARINT;
  private static final int SHAPE = io.millrace.v1.Tensor.SHAPE_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int RAW = io.millrace.v1.Tensor.RAW_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int FP32 = io.millrace.v1.Tensor.FP32_VAL_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int FP64 = io.millrace.v1.Tensor.FP64_VAL_FIELD_NUMBER << TYPE_BITS | BYTES;

  private final PlainFields in;
  private @Nullable String model;
  private @Nullable VersionSelector version;
  private @Nullable String id;
  private final List<Tensor> inputs = new ArrayList<>(1);
  private final List<String> outputs = new ArrayList<>(0);

  private PredictReader(ByteBuffer bytes) {
    in = new PlainFields(bytes);
  }

  /** The request; empty if the generated classes have to look at it. */
  static Optional<PlainRequest> read(ByteBuffer bytes) {
    try {
      return Optional.of(new PredictReader(bytes).request());
    } catch (PlainFields.Unusual | IOException | ServingException e) {
      return Optional.empty();
    }
  }

  private PlainRequest request() throws IOException {
    for (int tag = in.tag(); tag != 0; tag = in.tag()) {
      switch (tag) {
        case MODEL_SPEC -> modelSpec();
        case ID -> id = in.text(id);
        case INPUT -> PlainFields.add(inputs, input());
        case OUTPUT -> PlainFields.add(outputs, in.text());
        default -> throw unusual();
      }
    }
    return PlainFields.request(
        id, model, version == null ? VersionSelector.LATEST : version, inputs, outputs);
  }

  private void modelSpec() throws IOException {
    require(model == null);
    int outer = in.enter();
    for (int tag = in.tag(); tag != 0; tag = in.tag()) {
      switch (tag) {
        case MODEL_NAME -> model = in.text(model);
        case VERSION -> {
          require(version == null);
          version = RequestFields.version("", in.number());
        }
        case LABEL -> {
          require(version == null);
          version = RequestFields.label("", in.text());
        }
        default -> throw unusual();
      }
    }
    in.leave(outer);
  }

  private Tensor input() throws IOException {
    String name = null;
    DataType dtype = null;
    long[] shape = null;
    ByteBuffer values = null;
    DataType listed = null;
    int outer = in.enter();
    for (int tag = in.tag(); tag != 0; tag = in.tag()) {
      switch (tag) {
        case NAME -> name = in.text(name);
        case DTYPE -> {
          require(dtype == null);
          dtype = DataTypes.ofNumber(in.number());
        }
        case SHAPE -> shape = in.sizes(shape);
        case RAW -> values = in.bytes(values);
        case FP32 -> {
          values = in.bytes(values);
          listed = DataType.FP32;
        }
        case FP64 -> {
          values = in.bytes(values);
          listed = DataType.FP64;
        }
        default -> throw unusual();
      }
    }
    in.leave(outer);
    require(listed == null || listed == dtype);
    return PlainFields.tensor(name, dtype, shape, values);
  }
}
