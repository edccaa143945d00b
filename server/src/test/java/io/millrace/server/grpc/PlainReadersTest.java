package io.millrace.server.grpc;

import static io.millrace.server.grpc.RequestMessages.FLOATS;
import static io.millrace.server.grpc.RequestMessages.bytes;
import static io.millrace.server.grpc.RequestMessages.infers;
import static io.millrace.server.grpc.RequestMessages.input;
import static io.millrace.server.grpc.RequestMessages.joined;
import static io.millrace.server.grpc.RequestMessages.predicts;
import static io.millrace.server.grpc.RequestMessages.tensor;
import static io.millrace.server.grpc.RequestMessages.truth;
import static io.millrace.server.grpc.RequestMessages.unusual;
import static io.millrace.server.grpc.RequestMessages.unusualParameters;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferRequestedOutputTensor;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Tensor;
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

  private static void assertSame(ReadRequest read, ReadRequest known) {
    InferenceRequest one = read.decode(PATIENCE);
    InferenceRequest other = known.decode(PATIENCE);
    assertThat(read.id()).isEqualTo(known.id());
    assertThat(read.subject()).isEqualTo(known.subject());
    assertThat(read.timeoutMicros()).isEqualTo(known.timeoutMicros());
    assertThat(one.priority()).isEqualTo(other.priority());
    assertThat(one.classes()).isEqualTo(other.classes());
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
    corpus.addAll(unusualParameters());
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

  @Test
  void parametersThatMatter_orAreUnusual_areLeftToTheGeneratedClasses() {
    for (byte[] bytes : unusualParameters()) {
      assertThat(InferReader.read(ByteBuffer.wrap(bytes))).isEmpty();
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

  /** Event loops read requests of any size so, and have no time for more. */
  @Test
  void endlesslyManyFieldsAndLongTexts_areLeftToTheGeneratedClasses() {
    PredictRequest predict = (PredictRequest) predicts().get(0);
    byte[] specs = new byte[1 << 20];
    for (int i = 0; i < specs.length; i += 2) {
      specs[i] = 0x0A;
    }
    ModelInferRequest infer = (ModelInferRequest) infers().get(0);
    InferRequestedOutputTensor.Builder output = InferRequestedOutputTensor.newBuilder();
    for (int i = 0; i < 2_000; i++) {
      output.putParameters("p" + i, truth());
    }

    assertThat(PredictReader.read(ByteBuffer.wrap(joined(predict.toByteArray(), specs)))).isEmpty();
    assertLeft(infer.toBuilder().addOutputs(output.setName("y")));
    assertLeft(infer.toBuilder().setId("i".repeat(1 << 14)));
    assertThat(
            InferReader.read(
                ByteBuffer.wrap(
                    infer.toBuilder().setModelVersion("1").setId("i").build().toByteArray())))
        .isPresent();
  }

  private static void assertLeft(ModelInferRequest.Builder request) {
    assertThat(InferReader.read(ByteBuffer.wrap(request.build().toByteArray()))).isEmpty();
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
