package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.Value;
import io.millrace.openinference.InferTensorContents;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.server.model.Reason;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.Tensor;
import java.io.IOException;
import java.util.Collections;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class FootprintTest {
  private static final int MANY = 10_000;
  private static final long NO_BOUND = Long.MAX_VALUE;

  private static long of(PredictRequest request) throws IOException {
    return Footprint.of(PredictRequest.getDescriptor(), request.toByteArray(), NO_BOUND);
  }

  private static PredictRequest with(Tensor.Builder tensor) {
    return PredictRequest.newBuilder().addInputs(tensor).build();
  }

  @Test
  void rawBytes_countOnce() throws IOException {
    long footprint = of(with(Tensor.newBuilder().setRaw(ByteString.copyFrom(new byte[1 << 20]))));

    assertThat(footprint).isBetween(1L << 20, (1L << 20) + 1_000);
  }

  @Test
  void anEmptyMessage_isSmall() throws IOException {
    assertThat(of(PredictRequest.getDefaultInstance())).isLessThan(200);
  }

  @Test
  void partsWithoutContent_countAsTheObjectsThatTheyBecome() throws IOException {
    PredictRequest request =
        PredictRequest.newBuilder()
            .addAllInputs(Collections.nCopies(MANY, Tensor.getDefaultInstance()))
            .build();

    assertThat(request.getSerializedSize()).isEqualTo(2 * MANY);
    assertThat(of(request)).isBetween(100L * MANY, 200L * MANY);
  }

  @Test
  void shortStringsAndBytes_countAsTheObjectsThatTheyBecome() throws IOException {
    ByteString one = ByteString.copyFromUtf8("a");

    assertThat(of(with(Tensor.newBuilder().addAllBytesVal(Collections.nCopies(MANY, one)))))
        .isGreaterThan(60L * MANY);
    assertThat(
            of(
                PredictRequest.newBuilder()
                    .addAllOutputFilter(Collections.nCopies(MANY, "a"))
                    .build()))
        .isGreaterThan(60L * MANY);
  }

  @Test
  void packedNumbers_countByTheirNumberAndNotByTheirBytes() throws IOException {
    Tensor.Builder small = Tensor.newBuilder();
    Tensor.Builder large = Tensor.newBuilder();
    for (int i = 0; i < MANY; i++) {
      small.addUintVal(1);
      large.addUintVal(-1);
    }

    assertThat(of(with(small))).isBetween(28L * MANY, 31L * MANY);
    assertThat(of(with(large)) - of(with(small))).isBetween(9L * MANY, 9L * MANY + 10);
  }

  @Test
  void packedNumbersOfFixedSize_countByTheirType() throws IOException {
    Iterable<Float> floats = IntStream.range(0, MANY).mapToObj(i -> 1f).toList();
    Iterable<Double> doubles = IntStream.range(0, MANY).mapToObj(i -> 1d).toList();

    assertThat(of(with(Tensor.newBuilder().addAllFp32Val(floats))))
        .isBetween(18L * MANY, 19L * MANY);
    assertThat(of(with(Tensor.newBuilder().addAllFp64Val(doubles))))
        .isBetween(36L * MANY, 37L * MANY);
  }

  @Test
  void fieldsThatNobodyKnows_countHigh() throws IOException {
    UnknownFieldSet.Field numbers =
        UnknownFieldSet.Field.newBuilder().addFixed32(1).addVarint(1).build();
    UnknownFieldSet.Field groups =
        UnknownFieldSet.Field.newBuilder()
            .addGroup(UnknownFieldSet.newBuilder().addField(1, numbers).build())
            .build();
    PredictRequest request =
        PredictRequest.newBuilder()
            .setUnknownFields(
                UnknownFieldSet.newBuilder().addField(77, numbers).addField(78, groups).build())
            .build();

    assertThat(of(request)).isGreaterThan(5 * 256);
  }

  @Test
  void nestedValues_count() throws IOException {
    Value empty = Value.getDefaultInstance();
    ListValue list = ListValue.newBuilder().addAllValues(Collections.nCopies(MANY, empty)).build();
    PredictRequest request =
        PredictRequest.newBuilder()
            .putParameters("k", Value.newBuilder().setListValue(list).build())
            .build();

    assertThat(of(request)).isGreaterThan(50L * MANY);
  }

  @Test
  void theOtherProtocolsLists_countAsWell() throws IOException {
    Iterable<Long> numbers = LongStream.range(0, MANY).boxed().toList();
    ModelInferRequest request =
        ModelInferRequest.newBuilder()
            .addInputs(
                ModelInferRequest.InferInputTensor.newBuilder()
                    .setContents(InferTensorContents.newBuilder().addAllInt64Contents(numbers)))
            .build();

    assertThat(Footprint.of(ModelInferRequest.getDescriptor(), request.toByteArray(), NO_BOUND))
        .isGreaterThan(28L * MANY);
  }

  @Test
  void beyondTheBoundForAllButTheBytes_nothingMoreIsRead() throws IOException {
    byte[] raw =
        with(Tensor.newBuilder().setRaw(ByteString.copyFrom(new byte[1 << 20]))).toByteArray();
    byte[] tiny =
        PredictRequest.newBuilder()
            .addAllInputs(Collections.nCopies(MANY, Tensor.getDefaultInstance()))
            .build()
            .toByteArray();
    // Where it is read to, no message can be.
    tiny[tiny.length - 1] = 100;

    assertThat(Footprint.of(PredictRequest.getDescriptor(), raw, 1_000)).isGreaterThan(1L << 20);
    Refusals.assertRefusedSaying(
        () -> Footprint.of(PredictRequest.getDescriptor(), tiny, 100_000),
        Reason.MESSAGE_TOO_LARGE,
        "more than 100000 bytes of memory beside its body");
    assertThatThrownBy(() -> Footprint.of(PredictRequest.getDescriptor(), tiny, NO_BOUND))
        .isInstanceOf(InvalidProtocolBufferException.class);
  }

  @Test
  void bytesThatAreNoMessage_areAnIoExceptionAndNeverAnotherFailure() {
    assertThatThrownBy(
            () -> Footprint.of(PredictRequest.getDescriptor(), new byte[] {0x0A, 100, 1}, NO_BOUND))
        .isInstanceOf(InvalidProtocolBufferException.class);
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(60)];
      random.nextBytes(bytes);
      assertEndsOrdinarily(bytes);
    }
  }

  /** Deeper than the stack of this thread, had every level a frame of its own. */
  @Test
  void groupsAndMessagesNestedDeep_areNotFollowed() {
    byte[] groups = new byte[1 << 20];
    java.util.Arrays.fill(groups, (byte) 0x7B);

    assertEndsOrdinarily(groups);
  }

  private static void assertEndsOrdinarily(byte[] bytes) {
    try {
      assertThat(Footprint.of(PredictRequest.getDescriptor(), bytes, NO_BOUND)).isPositive();
    } catch (IOException e) {
      assertThat(e).isInstanceOf(InvalidProtocolBufferException.class);
    }
  }
}
