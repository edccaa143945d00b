package io.millrace.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.Value;
import io.millrace.openinference.InferParameter;
import io.millrace.openinference.InferTensorContents;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferInputTensor;
import io.millrace.openinference.ModelInferRequest.InferRequestedOutputTensor;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** Requests as encoders write them, and as they do not. */
final class RequestMessages {
  static final ByteString FLOATS =
      ByteString.copyFrom(new byte[] {0, 0, (byte) 0x80, 0x3F, 0, 0, 0, 0x40});

  private RequestMessages() {}

  static io.millrace.v1.Tensor.Builder tensor(String name) {
    return io.millrace.v1.Tensor.newBuilder()
        .setName(name)
        .setDtype(DataType.DT_FP32)
        .addShape(1)
        .addShape(2);
  }

  static List<Message> predicts() {
    PredictRequest.Builder plain =
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName("iris"))
            .setId("call-7")
            .addInputs(tensor("x").setRaw(FLOATS));
    PredictRequest.Builder labelled =
        plain.clone().setModelSpec(ModelSpec.newBuilder().setName("m").setVersionLabel("stable"));
    return List.of(
        plain.build(),
        labelled.addOutputFilter("y").addOutputFilter("z").build(),
        plain.clone().setModelSpec(ModelSpec.newBuilder().setName("m").setVersion(7)).build(),
        plain.clone().addInputs(tensor("größe").addFp32Val(1).addFp32Val(2)).build(),
        plain
            .clone()
            .addInputs(
                tensor("t")
                    .setDtype(DataType.DT_BYTES)
                    .clearShape()
                    .addShape(1)
                    .setRaw(ByteString.copyFrom(new byte[] {2, 0, 0, 0, 'a', 'b'})))
            .addInputs(tensor("none").clearShape().addShape(0).addShape(3))
            .build());
  }

  static InferInputTensor.Builder input(String name) {
    return InferInputTensor.newBuilder().setName(name).setDatatype("FP32").addShape(1).addShape(2);
  }

  static List<Message> infers() {
    ModelInferRequest.Builder plain =
        ModelInferRequest.newBuilder()
            .setModelName("iris")
            .setId("call-7")
            .addInputs(input("x"))
            .addRawInputContents(FLOATS);
    InferTensorContents contents =
        InferTensorContents.newBuilder().addFp32Contents(1).addFp32Contents(2).build();
    return List.of(
        plain.build(),
        plain
            .clone()
            .setModelVersion("3")
            .addOutputs(InferRequestedOutputTensor.newBuilder().setName("y"))
            .build(),
        plain
            .clone()
            .putParameters("triton_enable_empty_final_response", truth())
            .putParameters("sequence_id", number(-7))
            .putParameters("", InferParameter.newBuilder().setUint64Param(-1).build())
            .putParameters("d", InferParameter.newBuilder().setDoubleParam(0.5).build())
            .putParameters("größe", InferParameter.newBuilder().setStringParam("ö").build())
            .build(),
        plain
            .clone()
            .setInputs(0, input("x").putParameters("priority", number(1)))
            .addOutputs(
                InferRequestedOutputTensor.newBuilder()
                    .setName("y")
                    .putParameters("binary_data", truth()))
            .build(),
        plain
            .clone()
            .clearInputs()
            .clearRawInputContents()
            .addInputs(input("größe").setContents(contents))
            .build());
  }

  static InferParameter truth() {
    return InferParameter.newBuilder().setBoolParam(true).build();
  }

  static InferParameter number(long value) {
    return InferParameter.newBuilder().setInt64Param(value).build();
  }

  /** Parameters that have a meaning, or are not as encoders write them, or are too many. */
  static List<byte[]> unusualParameters() {
    ModelInferRequest plain = (ModelInferRequest) infers().get(0);
    ModelInferRequest.Builder many = plain.toBuilder();
    InferInputTensor.Builder manyOfInput = plain.getInputs(0).toBuilder();
    for (int i = 0; i <= RequestFields.MAX_PARAMETERS; i++) {
      many.putParameters("p" + i, truth());
      manyOfInput.putParameters("p" + i, truth());
    }
    InferParameter text = InferParameter.newBuilder().setStringParam("l".repeat(2_000)).build();
    InferParameter region = InferParameter.newBuilder().setStringParam("r").build();
    List<byte[]> all = new ArrayList<>();
    for (ModelInferRequest.Builder each :
        List.of(
            plain.toBuilder().putParameters("priority", number(1)),
            plain.toBuilder().putParameters("x", truth()).putParameters("timeout", number(1_000)),
            plain.toBuilder().putParameters("x", InferParameter.getDefaultInstance()),
            plain.toBuilder().putParameters("x", text),
            plain.toBuilder()
                .addOutputs(
                    InferRequestedOutputTensor.newBuilder()
                        .setName("y")
                        .putParameters("classification", number(2))),
            plain.toBuilder()
                .setInputs(0, input("x").putParameters("shared_memory_region", region)),
            plain.toBuilder()
                .addOutputs(
                    InferRequestedOutputTensor.newBuilder()
                        .setName("y")
                        .putParameters("shared_memory_region", region)),
            many,
            plain.toBuilder().setInputs(0, manyOfInput))) {
      all.add(each.build().toByteArray());
    }
    // Without a value, with the value first, with a name and with a text that is not UTF-8, and
    // with two values, of which the last counts.
    all.add(joined(plain.toByteArray(), bytes(0x22, 3, 0x0A, 1, 'x')));
    all.add(joined(plain.toByteArray(), bytes(0x22, 7, 0x12, 2, 0x08, 1, 0x0A, 1, 'x')));
    all.add(joined(plain.toByteArray(), bytes(0x22, 7, 0x0A, 1, 0xFF, 0x12, 2, 0x08, 1)));
    all.add(joined(plain.toByteArray(), bytes(0x22, 8, 0x0A, 1, 'x', 0x12, 3, 0x1A, 1, 0xFF)));
    all.add(joined(plain.toByteArray(), bytes(0x22, 9, 0x0A, 1, 'x', 0x12, 4, 8, 1, 0x10, 1)));
    return all;
  }

  static List<byte[]> unusual() {
    PredictRequest plain = (PredictRequest) predicts().get(0);
    List<byte[]> all = new ArrayList<>();
    UnknownFieldSet.Field unknown = UnknownFieldSet.Field.newBuilder().addVarint(1).build();
    all.add(
        plain.toBuilder()
            .setUnknownFields(UnknownFieldSet.newBuilder().addField(99, unknown).build())
            .build()
            .toByteArray());
    all.add(
        plain.toBuilder()
            .putParameters("priority", Value.newBuilder().setNumberValue(1).build())
            .build()
            .toByteArray());
    // Of two ids the last counts, and two specs become one.
    all.add(
        joined(plain.toByteArray(), PredictRequest.newBuilder().setId("b").build().toByteArray()));
    all.add(
        joined(
            plain.toByteArray(),
            PredictRequest.newBuilder()
                .setModelSpec(ModelSpec.newBuilder().setVersion(2))
                .build()
                .toByteArray()));
    all.add(plain.toBuilder().addInputs(tensor("x").setRaw(FLOATS)).build().toByteArray());
    all.add(plain.toBuilder().addInputs(tensor("i").addIntVal(1)).build().toByteArray());
    // Sizes one by one, which is how lists were written before they were packed.
    all.add(
        bytes(
            0x0A, 3, 0x0A, 1, 'm', 0x1A, 11, 0x0A, 1, 'x', 0x10, 2, 0x18, 1, 0x18, 1, 0x22, 1, 0));
    // A field of two gigabytes, one of a negative length, a tag that is cut off, and no tag at all.
    all.add(bytes(0x0A, 3, 0x0A, 1, 'm', 0x1A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0));
    all.add(bytes(0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01));
    all.add(bytes(0x0A, 3, 0x0A, 1, 'm', 0x8A));
    all.add(bytes(0));
    all.add(new byte[0]);
    return all;
  }

  static byte[] joined(byte[] one, byte[] other) {
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.writeBytes(one);
    both.writeBytes(other);
    return both.toByteArray();
  }

  static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
