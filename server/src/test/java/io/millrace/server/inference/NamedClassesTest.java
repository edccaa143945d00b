package io.millrace.server.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.server.lifecycle.FakeServable;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of the outputs of a call that asks for classes. */
final class NamedClassesTest {
  private static final ModelVersionId IRIS = new ModelVersionId("iris", 1);
  private static final ClassLabels LABELS = new ClassLabels(List.of("setosa", "", "virginica"));

  private final AdmissionLimiter limiter = new AdmissionLimiter(1 << 30);
  private final AnswerRoom room = new AnswerRoom(limiter, 1 << 26);

  private static FakeServable giving(TensorSpec... outputs) {
    FakeServable servable = new FakeServable(IRIS, new Signature(List.of(), List.of(outputs)));
    servable.labels(LABELS);
    return servable;
  }

  private static ClassCounts of(String output, int count) {
    return ClassCounts.NONE.with("a.path", output, OptionalLong.of(count), "as written");
  }

  /** The only output, told as the call asks. */
  private Tensor told(TensorSpec spec, Tensor output, int count) {
    return told(giving(spec), of("y", count), output).get(0);
  }

  private List<Tensor> told(FakeServable servable, ClassCounts asked, Tensor... outputs) {
    return NamedClasses.of(Requests.taking().naming(asked), servable)
        .in(new InferenceResponse(IRIS, List.of(outputs), LABELS), room)
        .outputs();
  }

  private static List<String> texts(Tensor output) {
    assertThat(output.dtype()).isEqualTo(DataType.BYTES);
    return BytesElements.decode(output.data(), output.elements()).stream()
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
        .toList();
  }

  @Test
  void scores_becomeTheTextsThatTritonWrites() {
    Tensor told =
        told(
            TensorSpec.of("y", DataType.FP32, -1, 4),
            Numbers.floats(Shape.of(2, 4), 0.5f, 0.25f, 0.125f, -1, 0, 1e-9f, 3, 2.5f),
            2);

    assertThat(told.name()).isEqualTo("y");
    assertThat(told.shape()).isEqualTo(Shape.of(2, 2));
    assertThat(texts(told))
        .containsExactly("0.500000:0:setosa", "0.250000:1", "3.000000:2:virginica", "2.500000:3");
  }

  @Test
  void wholeNumbers_areWrittenWhole() {
    Tensor told =
        told(TensorSpec.of("y", DataType.UINT8, 3), Numbers.bits(DataType.UINT8, 7, 255, 0), 2);

    assertThat(texts(told)).containsExactly("255:1", "7:0:setosa");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-1,3  | 2,3  | 2, 2",
        "-1,3,1| 2,3,1| 2, 2",
        "6     | 6    | 2",
        "2,3   | 2,3  | 2",
        "-1,3  | 0,3  | 0, 2",
      })
  void rowsAreKept_whereTheSignatureLeavesTheirNumberOpen(
      String spec, String shape, String expected) {
    Tensor output = Requests.tensor("y FP32 " + shape);
    TensorSpec signature = new TensorSpec("y", DataType.FP32, sizes(spec), names(spec));

    assertThat(told(signature, output, 2).shape()).hasToString("[" + expected + "]");
  }

  private static Shape sizes(String text) {
    return Shape.of(List.of(text.split(",", -1)).stream().mapToLong(Long::parseLong).toArray());
  }

  private static List<String> names(String text) {
    return List.of(text.split(",", -1)).stream().map(size -> "").toList();
  }

  @Test
  void scalar_isAClassOfItsOwn() {
    Tensor scalar = new Tensor("y", DataType.FP32, Shape.of(), Requests.tensor("y FP32 1").data());

    Tensor told = told(TensorSpec.of("y", DataType.FP32), scalar, 3);

    assertThat(told.shape()).isEqualTo(Shape.of(1));
    assertThat(texts(told)).containsExactly("0.000000:0:setosa");
  }

  @Test
  void callThatAsksForNothing_getsItsAnswerUnchanged() {
    InferenceResponse response =
        new InferenceResponse(IRIS, List.of(Requests.tensor("y FP32 1,3")), LABELS);
    FakeServable servable = giving(TensorSpec.of("y", DataType.FP32, -1, 3));

    assertThat(NamedClasses.of(Requests.taking(), servable).in(response, room)).isSameAs(response);
    assertThat(limiter.bytesInFlight()).isZero();
  }

  @Test
  void numberForAll_holdsForScoresAndLeavesOtherOutputsAsTheyAre() {
    FakeServable servable =
        giving(
            TensorSpec.of("label", DataType.INT64, -1),
            TensorSpec.of("y", DataType.FP32, -1, 3),
            TensorSpec.of("items", DataType.INT64, -1, 3),
            TensorSpec.of("price", DataType.FP32, -1));

    assertThat(
            told(
                servable,
                ClassCounts.ofScores("a.path", OptionalLong.of(1), "1"),
                Requests.tensor("label INT64 2"),
                Requests.tensor("y FP32 2,3"),
                Requests.tensor("items INT64 2,3"),
                Requests.tensor("price FP32 2")))
        .extracting(Tensor::toString)
        .containsExactly(
            "'label' INT64 [2]", "'y' BYTES [2, 1]", "'items' INT64 [2, 3]", "'price' FP32 [2]");
  }

  @Test
  void labels_areForTheOutputThatTheConfigurationNames() {
    FakeServable servable =
        giving(
            TensorSpec.of("y", DataType.FP32, -1, 3),
            TensorSpec.of("embedding", DataType.FP32, -1, 3));
    servable.roles(new OutputRoles("y", "", ""));
    ClassCounts both = of("y", 1).with("a.path", "embedding", OptionalLong.of(1), "1");

    List<Tensor> told =
        told(servable, both, Requests.tensor("y FP32 1,3"), Requests.tensor("embedding FP32 1,3"));

    assertThat(texts(told.get(0))).containsExactly("0.000000:0:setosa");
    assertThat(texts(told.get(1))).containsExactly("0.000000:0");
  }

  @Test
  void numbersOfClassesAndPixels_haveNoLabels() {
    Tensor mask = Requests.tensor("y FP32 1,3,2,2");
    Tensor scores = Requests.tensor("y FP32 1,3,1,1");

    assertThat(texts(told(TensorSpec.of("y", DataType.FP32, -1, 3, 2, 2), mask, 1)))
        .containsExactly("0.000000:0");
    assertThat(texts(told(TensorSpec.of("y", DataType.FP32, -1, 3, 1, 1), scores, 1)))
        .containsExactly("0.000000:0:setosa");
  }

  @Test
  void texts_growIntoTheRoomOfTheAnswer_andItComesBack() {
    int rows = 1_000;
    TensorSpec spec = TensorSpec.of("y", DataType.FP32, -1, 3);

    Tensor told = told(spec, Requests.tensor("y FP32 %d,3".formatted(rows)), 3);

    assertThat(texts(told))
        .hasSize(3 * rows)
        .endsWith("0.000000:0:setosa", "0.000000:1", "0.000000:2:virginica");
    assertThat(limiter.bytesInFlight()).isBetween((long) told.byteCount(), 2L * told.byteCount());
    room.close();
    assertThat(limiter.bytesInFlight()).isZero();
  }

  @Test
  void textsThatFindNoRoom_areRefused() {
    limiter.admit((1 << 30) - 200);
    TensorSpec spec = TensorSpec.of("y", DataType.FP32, -1, 3);

    ServingException refusal =
        catchThrowableOfType(
            ServingException.class, () -> told(spec, Requests.tensor("y FP32 100,3"), 3));

    assertThat(refusal.reason()).isEqualTo(Reason.SERVER_OVERLOADED);
    room.close();
    assertThat(limiter.bytesInFlight()).isEqualTo((1 << 30) - 200);
  }

  @Test
  void moreTextsThanAnAnswerNames_areRefused() {
    int rows = 2_000;
    Tensor output = Requests.tensor("y FP32 %d,1000".formatted(rows));
    TensorSpec spec = TensorSpec.of("y", DataType.FP32, -1, 1_000);

    ServingException refusal =
        catchThrowableOfType(ServingException.class, () -> told(spec, output, 1_000));

    assertThat(refusal.reason()).isEqualTo(Reason.MESSAGE_TOO_LARGE);
    assertThat(refusal.getMessage())
        .contains("output 'y'", "1000 classes of each of 2000 rows", "1048576");
    assertThat(told(spec, output, 5).shape()).isEqualTo(Shape.of(rows, 5));
  }
}
