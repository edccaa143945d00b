package io.millrace.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.app.RestCalls;
import io.millrace.server.app.RunningServer;
import io.millrace.server.wire.WireMessage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every call that runs a model, in every form, for every element type and rank, gives what the
 * engine itself gives, bit for bit; and what cannot be answered is refused by all of them with the
 * same code and reason. The tables are {@link Form}, {@link Values}, {@link Refusal} and
 * resources/refusals.txt.
 */
final class ConformanceIT {
  /** Batches of one and of three, no rows, and rows without elements. */
  private static final List<List<Long>> SHAPES =
      List.of(
          List.of(),
          List.of(1L),
          List.of(3L),
          List.of(0L),
          List.of(1L, 2L),
          List.of(3L, 2L),
          List.of(0L, 2L),
          List.of(3L, 0L),
          List.of(1L, 2L, 2L),
          List.of(3L, 2L, 2L),
          List.of(0L, 2L, 2L),
          List.of(3L, 2L, 0L),
          List.of(1L, 2L, 1L, 3L),
          List.of(3L, 2L, 1L, 3L),
          List.of(0L, 2L, 1L, 3L),
          List.of(3L, 2L, 1L, 0L));

  private static final RefusalTable REFUSALS = RefusalTable.read();

  @TempDir private static Path temp;
  private static RunningServer server;
  private static DirectEngine engine;
  private static Doors doors;

  @BeforeAll
  static void start() {
    ModelFolder folder = new ModelFolder(temp.resolve("repository"));
    folder.fill();
    engine = new DirectEngine(folder);
    server = RunningServer.startWithEnvoy(folder.path(), "--max-message-size", "64KiB");
    doors = new Doors(server.channel(), new RestCalls(server.restUrl()));
    WireMessage unload = new WireMessage().text(2, ModelFolder.UNLOADED);
    Reply unloaded =
        doors.send(Request.grpc("inference.GRPCInferenceService/RepositoryModelUnload", unload));
    assertThat(unloaded.isAnswer()).as(unloaded.text()).isTrue();
  }

  @AfterAll
  static void stop() {
    if (engine != null) {
      engine.close();
    }
    if (server != null) {
      server.close();
    }
  }

  private static Call identity(Values values, List<Long> shape) {
    return Call.of(
        ModelFolder.identity(values.dtype(), shape.size()), Input.of("x", values, shape));
  }

  private static Stream<Call> identities(Values values) {
    return SHAPES.stream().map(shape -> identity(values, shape));
  }

  static Stream<Arguments> formsAndValues() {
    return pairs(Values.values());
  }

  static Stream<Arguments> formsAndRefusals() {
    return pairs(Refusal.values());
  }

  private static <T> Stream<Arguments> pairs(T[] others) {
    return Arrays.stream(Form.values())
        .flatMap(form -> Arrays.stream(others).map(other -> Arguments.of(form, other)));
  }

  @ParameterizedTest
  @MethodSource("formsAndValues")
  void tensorsOfEachShape_comeBackAsFromTheEngineItself(Form form, Values values) {
    identities(values).forEach(call -> assertAnsweredAsByTheEngine(form, call));
  }

  @ParameterizedTest
  @EnumSource
  void twoInputsInWhateverOrder_giveTwoOutputs(Form form) {
    for (List<Long> shape : SHAPES) {
      if (shape.size() == 2) {
        assertAnsweredAsByTheEngine(
            form, Call.of(ModelFolder.SUM_AND_DIFFERENCE, finite("b", shape), finite("a", shape)));
      }
    }
  }

  /** The difference of infinities is no number, whose sign JSON would lose. */
  private static Input finite(String name, List<Long> shape) {
    Input input = Input.of(name, Values.FP32, shape);
    return input.withElements(
        input.elements().stream()
            .map(e -> Float.isFinite(e.single()) ? e : Values.FP32.elements(1).get(0))
            .toList());
  }

  @ParameterizedTest
  @EnumSource
  void outputsOfSeveralTypes_comeBackAsFromTheEngineItself(Form form) {
    Call call = Call.of(ModelFolder.TWO_COLUMNS, Input.of("x", Values.FP32, List.of(3L, 2L)));

    assertAnsweredAsByTheEngine(form, call);
    assertAnsweredAsByTheEngine(form, call.asking("version"));
    assertAnsweredAsByTheEngine(form, call.ofVersion("1"));
  }

  /** What a form does not have, the tests count that have its reasons. */
  private static void assertAnsweredAsByTheEngine(Form form, Call call) {
    if (form.dialect().cannotSay(call).isPresent()) {
      return;
    }
    Reply reply = doors.send(form.dialect().request(call));

    assertThat(reply.isAnswer()).as("%s: %s", call, reply.text()).isTrue();
    assertThat(form.dialect().answer(reply, engine.outputs(call.model())))
        .as("%s: %s", call, reply.text())
        .isEqualTo(engine.run(call));
  }

  @Test
  void tensorsThatAFormCannotSay_areTheseAndNoOthers() {
    List<Optional<String>> reasons =
        Arrays.stream(Form.values())
            .flatMap(
                form ->
                    Arrays.stream(Values.values())
                        .flatMap(ConformanceIT::identities)
                        .map(call -> form.dialect().cannotSay(call)))
            .toList();

    assertThat(reasons).filteredOn(Optional::isEmpty).hasSize(3_586);
    assertThat(
            reasons.stream()
                .flatMap(Optional::stream)
                .collect(Collectors.groupingBy(reason -> reason, Collectors.counting())))
        .isEqualTo(
            Map.of(
                "InferTensorContents has no list for floats of 16 bits", 64L,
                "JSON here has no floats of 16 bits", 192L,
                "a scalar has no rows", 26L,
                "a body has a row at least", 104L,
                "an empty list hides the sizes within it", 78L,
                "data is a list, which a scalar has none of", 13L,
                "JSON here has texts, not bytes", 17L));
  }

  @ParameterizedTest
  @MethodSource("formsAndRefusals")
  void whatCannotBeAnswered_isRefusedInTheSameWords(Form form, Refusal refusal) {
    Optional<Request> request = refusal.request(form);
    if (request.isEmpty()) {
      return;
    }
    Reply reply = doors.send(request.get());

    List<RefusalTable.Row> rows = REFUSALS.rows(refusal, form);
    assertThat(rows).as("rows for http %d %s", reply.http(), reply.text()).hasSize(1);
    RefusalTable.Row row = rows.get(0);
    if (request.get().door() == Request.Door.STREAM && reply.isAnswer()) {
      assertThat(StreamedInference.refusal(reply.body()))
          .contains(StreamedInference.told(row.message(), row.reason()));
      return;
    }
    assertThat(reply.http()).as(reply.text()).isEqualTo(row.http());
    assertThat(reply.code()).as(reply.text()).isEqualTo(row.code());
    if (!reply.isAnswer()) {
      assertThat(Json.of(reply.text())).isEqualTo(row.body());
    }
  }

  @Test
  void refusalsThatAFormHas_areSoMany() {
    long count =
        Arrays.stream(Form.values())
            .flatMap(form -> Arrays.stream(Refusal.values()).map(refusal -> refusal.request(form)))
            .filter(Optional::isPresent)
            .count();

    assertThat(count).isEqualTo(252);
  }
}
