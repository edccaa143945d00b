package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.grpc.Status;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class CallLogTest {
  private final LoggerContext context = new LoggerContext();
  private final Logger failures = context.getLogger("failures");
  private final Logger access = context.getLogger("access");
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final AtomicInteger dropped = new AtomicInteger();
  private final AtomicLong nanoTime = new AtomicLong();
  private final CallLog log =
      new CallLog(failures, access, nanoTime::get, dropped::incrementAndGet);

  @BeforeEach
  void collect() {
    lines.start();
    failures.addAppender(lines);
    access.addAppender(lines);
    access.setLevel(Level.OFF);
  }

  private static CallSummary call(Status.Code code, @Nullable KnownFailure failure) {
    String reason = failure == null ? "" : failure.reason().name();
    ModelVersionId version = failure == null ? new ModelVersionId("iris", 3) : null;
    return new CallSummary("a.B/C", version, code, reason, failure, 1_234_567, 2, 10, 20, "0af7");
  }

  private static KnownFailure known(Reason reason, String errorId) {
    Map<String, String> subject = Map.of("model", "irs", "requestId", "7");
    return new KnownFailure(reason, "why", errorId, subject, new IllegalStateException());
  }

  private static Map<String, String> fields(ILoggingEvent line) {
    return line.getKeyValuePairs().stream()
        .collect(Collectors.toMap(pair -> pair.key, pair -> String.valueOf(pair.value)));
  }

  @Test
  void aCallThatDidNotFailWhateverItsCode_isToldByTheAccessLogAlone() {
    access.setLevel(Level.INFO);
    log.passed(call(Status.Code.UNAVAILABLE, known(Reason.SERVER_DRAINING, "")));

    assertThat(lines.list)
        .singleElement()
        .satisfies(line -> assertThat(line.getMessage()).isEqualTo("call"));
  }

  @Test
  void aRefusal_isOneLineWithoutAStack() {
    log.ended(call(Status.Code.NOT_FOUND, known(Reason.MODEL_NOT_FOUND, "")));

    ILoggingEvent line = lines.list.get(0);
    assertThat(lines.list).hasSize(1);
    assertThat(line.getLevel()).isEqualTo(Level.WARN);
    assertThat(line.getThrowableProxy()).isNull();
    assertThat(fields(line))
        .containsOnly(
            Map.entry("method", "a.B/C"),
            Map.entry("model", "irs"),
            Map.entry("code", "NOT_FOUND"),
            Map.entry("reason", "MODEL_NOT_FOUND"),
            Map.entry("duration_ms", "1.235"),
            Map.entry("trace_id", "0af7"),
            Map.entry("error", "why"));
  }

  @Test
  void whatAFailureIsAbout_isNamedWhicheverDoorSaysIt() {
    ServingException failure = ServingException.refusal(Reason.REQUEST_MALFORMED, "why");
    Map<String, String> subject = Map.of("model", "iris", "version", "x".repeat(500));
    StatusMapper mapper = new StatusMapper(() -> 7);
    for (Throwable thrown : List.of(failure.about(subject), new CallFailure(failure, subject))) {
      log.ended(call(Status.Code.INVALID_ARGUMENT, mapper.map(thrown).known(thrown)));
    }

    assertThat(lines.list).hasSize(2);
    for (ILoggingEvent line : lines.list) {
      assertThat(fields(line))
          .containsEntry("model", "iris")
          .containsEntry("version", "x".repeat(128) + "...");
    }
  }

  @Test
  void aFault_hasItsIdAndStack() {
    log.ended(call(Status.Code.INTERNAL, known(Reason.ENGINE_ERROR, "id1")));

    ILoggingEvent line = lines.list.get(0);
    assertThat(line.getLevel()).isEqualTo(Level.ERROR);
    assertThat(line.getThrowableProxy()).isNotNull();
    assertThat(fields(line)).containsEntry("error_id", "id1");
  }

  @Test
  void manyRefusals_areDroppedAndCounted_andHideNoFault() {
    for (int i = 0; i < LogBudget.PER_WINDOW + 5; i++) {
      log.ended(call(Status.Code.NOT_FOUND, known(Reason.MODEL_NOT_FOUND, "")));
    }
    log.ended(call(Status.Code.INTERNAL, known(Reason.ENGINE_ERROR, "id1")));

    assertThat(lines.list).hasSize(LogBudget.PER_WINDOW + 1);
    assertThat(dropped).hasValue(5);
  }

  @Test
  void theNextLine_tellsHowManyWereLeftOut() {
    for (int i = 0; i < LogBudget.PER_WINDOW + 5; i++) {
      log.ended(call(Status.Code.NOT_FOUND, known(Reason.MODEL_NOT_FOUND, "")));
    }
    nanoTime.addAndGet(LogBudget.WINDOW.toNanos());
    log.ended(call(Status.Code.NOT_FOUND, known(Reason.MODEL_NOT_FOUND, "")));

    assertThat(lines.list).hasSize(LogBudget.PER_WINDOW + 1);
    assertThat(fields(lines.list.get(LogBudget.PER_WINDOW)))
        .containsEntry("not_logged_before", "5");
  }

  @Test
  void theAccessLog_hasEachCall_whenItIsOn() {
    log.ended(call(Status.Code.OK, null));
    assertThat(lines.list).isEmpty();

    access.setLevel(Level.INFO);
    log.ended(call(Status.Code.OK, null));
    assertThat(fields(lines.list.get(0)))
        .containsEntry("model", "iris")
        .containsEntry("version", "3")
        .containsEntry("code", "OK")
        .containsEntry("rows", "2")
        .containsEntry("bytes_in", "10")
        .containsEntry("bytes_out", "20")
        .containsEntry("trace_id", "0af7")
        .doesNotContainKey("reason");
  }
}
