package io.millrace.server.grpc;

import static io.millrace.server.grpc.PlainFields.BYTES;
import static io.millrace.server.grpc.PlainFields.TYPE_BITS;
import static io.millrace.server.grpc.PlainFields.require;
import static io.millrace.server.grpc.PlainFields.unusual;

import io.millrace.openinference.InferTensorContents;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferInputTensor;
import io.millrace.openinference.ModelInferRequest.InferRequestedOutputTensor;
import io.millrace.server.model.CallParameters;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a ModelInfer request straight from its bytes, of which its tensors become views. Confined
 * to one thread.
 */
final class InferReader {
  private static final int MODEL = ModelInferRequest.MODEL_NAME_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int VERSION =
      ModelInferRequest.MODEL_VERSION_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int ID = ModelInferRequest.ID_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int PARAMETER =
      ModelInferRequest.PARAMETERS_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int INPUT = ModelInferRequest.INPUTS_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int OUTPUT = ModelInferRequest.OUTPUTS_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int RAW =
      ModelInferRequest.RAW_INPUT_CONTENTS_FIELD_NUMBER << TYPE_BITS | BYTES;

  private static final int NAME = InferInputTensor.NAME_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int DATATYPE = InferInputTensor.DATATYPE_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int SHAPE = InferInputTensor.SHAPE_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int INPUT_PARAMETER =
      InferInputTensor.PARAMETERS_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int CONTENTS = InferInputTensor.CONTENTS_FIELD_NUMBER << TYPE_BITS | BYTES;

  private static final int FP32 =
      InferTensorContents.FP32_CONTENTS_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int FP64 =
      InferTensorContents.FP64_CONTENTS_FIELD_NUMBER << TYPE_BITS | BYTES;

  private static final int OUTPUT_NAME =
      InferRequestedOutputTensor.NAME_FIELD_NUMBER << TYPE_BITS | BYTES;
  private static final int OUTPUT_PARAMETER =
      InferRequestedOutputTensor.PARAMETERS_FIELD_NUMBER << TYPE_BITS | BYTES;

  private final PlainFields in;
  private @Nullable String model;
  private @Nullable String version;
  private @Nullable String id;
  private int parameters;
  private final List<Input> inputs = new ArrayList<>(1);
  private final List<ByteBuffer> raw = new ArrayList<>(1);
  private final List<String> outputs = new ArrayList<>(0);

  private InferReader(ByteBuffer bytes) {
    in = new PlainFields(bytes);
  }

  /** An input, whose values may come after it. */
  private static final class Input {
    private @Nullable String name;
    private @Nullable DataType dtype;
    private long @Nullable [] shape;
    private @Nullable ByteBuffer contents;
    private @Nullable DataType listed;
    private int parameters;
  }

  /** The request; empty if the generated classes have to look at it. */
  static Optional<PlainRequest> read(ByteBuffer bytes) {
    try {
      return Optional.of(new InferReader(bytes).request());
    } catch (PlainFields.Unusual | IOException | ServingException e) {
      return Optional.empty();
    }
  }

  private PlainRequest request() throws IOException {
    for (int tag = in.tag(); tag != 0; tag = in.tag()) {
      switch (tag) {
        case MODEL -> model = in.text(model);
        case VERSION -> version = in.text(version);
        case ID -> id = in.text(id);
        case PARAMETER -> {
          require(++parameters <= RequestFields.MAX_PARAMETERS);
          UnknownParameter.passOver(in, CallParameters::isKnown);
        }
        case INPUT -> PlainFields.add(inputs, input());
        case OUTPUT -> PlainFields.add(outputs, output());
        case RAW -> PlainFields.add(raw, in.bytes(null));
        default -> throw unusual();
      }
    }
    return PlainFields.request(
        id,
        model,
        RequestFields.versionText("", version == null ? "" : version),
        tensors(),
        outputs);
  }

  private Input input() throws IOException {
    Input input = new Input();
    int outer = in.enter();
    for (int tag = in.tag(); tag != 0; tag = in.tag()) {
      switch (tag) {
        case NAME -> input.name = in.text(input.name);
        case DATATYPE -> {
          require(input.dtype == null);
          input.dtype = DataTypes.ofName(in.text());
        }
        case SHAPE -> input.shape = in.sizes(input.shape);
        case CONTENTS -> contents(input);
        case INPUT_PARAMETER -> {
          require(++input.parameters <= RequestFields.MAX_PARAMETERS);
          UnknownParameter.passOver(in, SharedMemory::isKnown);
        }
        default -> throw unusual();
      }
    }
    in.leave(outer);
    require(input.listed == null || input.listed == input.dtype);
    return input;
  }

  private void contents(Input input) throws IOException {
    int outer = in.enter();
    input.listed = listed(in.tag());
    input.contents = in.bytes(input.contents);
    require(in.tag() == 0);
    in.leave(outer);
  }

  /**
   * The type of a list whose bytes are those of a tensor; the others are made of variable parts.
   */
  private static DataType listed(int tag) {
    return switch (tag) {
      case FP32 -> DataType.FP32;
      case FP64 -> DataType.FP64;
      default -> throw unusual();
    };
  }

  private String output() throws IOException {
    String name = null;
    int outer = in.enter();
    for (int tag = in.tag(); tag != 0; tag = in.tag()) {
      switch (tag) {
        case OUTPUT_NAME -> name = in.text(name);
        case OUTPUT_PARAMETER -> UnknownParameter.passOver(in, InferReader::isOfOutputs);
        default -> throw unusual();
      }
    }
    in.leave(outer);
    return name == null ? "" : name;
  }

  private static boolean isOfOutputs(String name) {
    return ClassificationCodec.isKnown(name) || SharedMemory.isKnown(name);
  }

  private List<Tensor> tensors() {
    require(raw.isEmpty() || raw.size() == inputs.size());
    List<Tensor> tensors = new ArrayList<>(inputs.size());
    for (int i = 0; i < inputs.size(); i++) {
      Input input = inputs.get(i);
      require(raw.isEmpty() || input.contents == null);
      tensors.add(
          PlainFields.tensor(
              input.name, input.dtype, input.shape, raw.isEmpty() ? input.contents : raw.get(i)));
    }
    return tensors;
  }
}
