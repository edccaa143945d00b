package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.Value;
import io.millrace.openinference.InferTensorContents;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferInputTensor;
import io.millrace.openinference.ModelInferRequest.InferRequestedOutputTensor;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Tensor;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The readers of the usual form against the generated classes and their codecs. */
final class PlainReadersTest {
  private static final InferenceDoor.Patience PATIENCE =
      new InferenceDoor.Patience(42, () -> false);
  private static final int MUTANTS = 30_000;
  private static final ByteString FLOATS =
      ByteString.copyFrom(new byte[] {0, 0, (byte) 0x80, 0x3F, 0, 0, 0, 0x40});

  /** A reader and those who know better. */
  private record Pair(
      Function<ByteBuffer, Optional<PlainRequest>> reader, Parser oracle, List<Message> requests) {
    /** What the reader makes of the bytes, on the heap and in native memory. */
    List<Optional<PlainRequest>> read(byte[] bytes) {
      ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
      return List.of(reader.apply(ByteBuffer.wrap(bytes)), reader.apply(direct));
    }

    /** What the generated classes and the codec make of the bytes; empty if they refuse them. */
    Optional<ReadRequest> known(byte[] bytes) {
      try {
        return Optional.of(oracle.parse(bytes));
      } catch (InvalidProtocolBufferException e) {
        return Optional.empty();
      }
    }
  }

  private interface Parser {
    ReadRequest parse(byte[] bytes) throws InvalidProtocolBufferException;
  }

  static Stream<Pair> pairs() {
    return Stream.of(
        new Pair(
            PredictReader::read,
            bytes -> new PredictCodec(PredictRequest.parseFrom(bytes)),
            predicts()),
        new Pair(
            InferReader::read,
            bytes -> new OpenInferenceCodec(ModelInferRequest.parseFrom(bytes)),
            infers()));
  }

  private static io.millrace.v1.Tensor.Builder tensor(String name) {
    return io.millrace.v1.Tensor.newBuilder()
        .setName(name)
        .setDtype(DataType.DT_FP32)
        .addShape(1)
        .addShape(2);
  }

  private static List<Message> predicts() {
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

  private static InferInputTensor.Builder input(String name) {
    return InferInputTensor.newBuilder().setName(name).setDatatype("FP32").addShape(1).addShape(2);
  }

  private static List<Message> infers() {
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
            .clearInputs()
            .clearRawInputContents()
            .addInputs(input("größe").setContents(contents))
            .build());
  }

  private static void assertSame(ReadRequest read, ReadRequest known) {
    InferenceRequest one = read.decode(PATIENCE);
    InferenceRequest other = known.decode(PATIENCE);
    assertThat(read.id()).isEqualTo(known.id());
    assertThat(read.subject()).isEqualTo(known.subject());
    assertThat(one.model()).isEqualTo(other.model());
    assertThat(one.version()).isEqualTo(other.version());
    assertThat(one.outputs()).isEqualTo(other.outputs());
    assertThat(one.inputs()).hasSameSizeAs(other.inputs());
    for (int i = 0; i < one.inputs().size(); i++) {
      Tensor mine = one.inputs().get(i);
      Tensor theirs = other.inputs().get(i);
      assertThat(mine.toString()).isEqualTo(theirs.toString());
      assertThat(mine.data()).isEqualTo(theirs.data());
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void theUsualForm_isRead(Pair pair) {
    for (Message request : pair.requests()) {
      byte[] bytes = request.toByteArray();
      for (Optional<PlainRequest> plain : pair.read(bytes)) {
        assertSame(plain.orElseThrow(), pair.known(bytes).orElseThrow());
      }
    }
  }

  /** Whatever bytes come: what the reader reads is what they mean. */
  @ParameterizedTest
  @MethodSource("pairs")
  void anyBytes_meanTheSameOrAreLeftToTheGeneratedClasses(Pair pair) {
    Random random = new Random(7);
    List<byte[]> corpus = new ArrayList<>();
    pair.requests().forEach(request -> corpus.add(request.toByteArray()));
    corpus.addAll(unusual());
    int read = 0;
    for (int i = 0; i < MUTANTS; i++) {
      byte[] bytes = mutant(corpus, random);
      for (Optional<PlainRequest> plain : pair.read(bytes)) {
        if (plain.isPresent()) {
          read++;
          assertSame(plain.get(), pair.known(bytes).orElseThrow());
        }
      }
    }
    assertThat(read).as("mutants that are still requests").isGreaterThan(2 * MUTANTS / 100);
  }

  @Test
  void whatIsUnusual_isLeftToTheGeneratedClasses() {
    for (byte[] bytes : unusual()) {
      assertThat(PredictReader.read(ByteBuffer.wrap(bytes))).isEmpty();
    }
  }

  /** A small message can claim millions of them, each of which takes a hundred times its bytes. */
  @Test
  void moreTensorsThanAreAllowed_areLeftBeforeTheyAreBuilt() {
    PredictRequest.Builder predict = ((PredictRequest) predicts().get(0)).toBuilder();
    ModelInferRequest.Builder infer = ((ModelInferRequest) infers().get(0)).toBuilder();
    for (int i = 0; i < RequestFields.MAX_TENSORS; i++) {
      predict.addInputs(tensor("x" + i).setRaw(FLOATS));
      infer.addInputs(input("x" + i)).addRawInputContents(FLOATS);
    }

    assertThat(PredictReader.read(ByteBuffer.wrap(predict.build().toByteArray()))).isEmpty();
    assertThat(InferReader.read(ByteBuffer.wrap(infer.build().toByteArray()))).isEmpty();
  }

  private static List<byte[]> unusual() {
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
    all.add(joined(plain.toByteArray(), PredictRequest.newBuilder().setId("b").build()));
    all.add(
        joined(
            plain.toByteArray(),
            PredictRequest.newBuilder()
                .setModelSpec(ModelSpec.newBuilder().setVersion(2))
                .build()));
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

  private static byte[] joined(byte[] one, Message other) {
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.writeBytes(one);
    both.writeBytes(other.toByteArray());
    return both.toByteArray();
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] mutant(List<byte[]> corpus, Random random) {
    byte[] bytes = corpus.get(random.nextInt(corpus.size())).clone();
    for (int change = random.nextInt(3); change >= 0 && bytes.length > 1; change--) {
      int at = random.nextInt(bytes.length);
      bytes =
          switch (random.nextInt(5)) {
            case 0 -> cut(bytes, 0, at);
            case 1 -> flipped(bytes, at, random);
            case 2 -> spliced(bytes, at, cut(bytes, at / 2, at));
            case 3 -> spliced(bytes, at, bytes(random.nextInt(256)));
            default -> spliced(bytes, at, corpus.get(random.nextInt(corpus.size())));
          };
    }
    return bytes;
  }

  private static byte[] cut(byte[] bytes, int from, int to) {
    return Arrays.copyOfRange(bytes, from, to);
  }

  private static byte[] flipped(byte[] bytes, int at, Random random) {
    bytes[at] ^= (byte) (1 << random.nextInt(8));
    return bytes;
  }

  private static byte[] spliced(byte[] bytes, int at, byte[] more) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(cut(bytes, 0, at));
    all.writeBytes(more);
    all.writeBytes(cut(bytes, at, bytes.length));
    return all.toByteArray();
  }
}
