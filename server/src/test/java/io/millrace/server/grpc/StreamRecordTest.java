package io.millrace.server.grpc;

import static io.millrace.server.grpc.RecordedDoor.MODEL;
import static io.millrace.server.grpc.RecordedDoor.REASON;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.grpc.Metadata;
import io.grpc.Status;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What is told of streams of inferences and of their requests. */
final class StreamRecordTest extends RecordedCallsTest {
  /** What the log of failures says. */
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void listen() {
    lines.start();
    calls().addAppender(lines);
    calls().setLevel(Level.WARN);
  }

  @AfterEach
  void stopListening() {
    calls().setLevel(null);
    calls().detachAppender(lines);
  }

  private static Logger calls() {
    return (Logger) LoggerFactory.getLogger("io.millrace.calls");
  }

  /** The log is told of a call when metrics and traces have been. */
  private List<String> reasonsInTheLog() {
    recorded.close();
    return lines.list.stream()
        .flatMap(line -> line.getKeyValuePairs().stream())
        .filter(pair -> pair.key.equals("reason"))
        .map(pair -> String.valueOf(pair.value))
        .toList();
  }

  private List<String> countedByModel() {
    return recorded.metric("millrace.inference.requests").getLongSumData().getPoints().stream()
        .map(point -> point.getAttributes().get(MODEL) + " " + point.getValue())
        .toList();
  }

  private StreamCaller answeredOnce() {
    recorded.door.inference.answer(RecordedDoor::run);
    StreamCaller caller = StreamCaller.open(recorded.door.channel);
    caller.send(StreamCaller.request("a"));
    assertThat(caller.id()).isEqualTo("a");
    return caller;
  }

  @Test
  void eachRequestOfAStream_isCountedAndTracedAsACall() {
    recorded.door.inference.answer(RecordedDoor::run);
    StreamCaller caller = StreamCaller.open(recorded.door.channel);
    caller.send(StreamCaller.request("a")).send(StreamCaller.request("b"));
    caller.answer();
    caller.answer();
    recorded.door.inference.answer(
        request -> {
          throw ServingException.refusal(Reason.MODEL_NOT_FOUND, "no such model");
        });
    caller.send(StreamCaller.request("c")).finish();
    assertThat(caller.answer().getErrorMessage()).isNotEmpty();
    assertThat(caller.end().code()).isEqualTo(Status.Code.OK);

    List<SpanData> calls =
        recorded.spans(8).stream()
            .filter(span -> span.getName().equals(StreamedInference.NAME))
            .toList();
    assertThat(calls).hasSize(4);
    SpanData stream =
        calls.stream().filter(span -> !span.getParentSpanContext().isValid()).findFirst().get();
    assertThat(calls.stream().filter(span -> span != stream))
        .allSatisfy(span -> assertThat(span.getParentSpanId()).isEqualTo(stream.getSpanId()));
    assertThat(recorded.metric("millrace.inference.requests").getLongSumData().getPoints())
        .extracting(point -> point.getAttributes().get(MODEL) + " " + point.getValue())
        .containsExactlyInAnyOrder("iris 2", "_unknown 1");
    assertThat(recorded.labels("millrace.inference.failures", REASON))
        .containsExactly("MODEL_NOT_FOUND");
  }

  @Test
  void aStreamThatIsRefusedAsAWhole_countsOnce() {
    Calls.raw(
        recorded.door.channel, StreamedInference.NAME, new Metadata(), new byte[] {0x0A, 5, 'x'});

    recorded.spans(1);
    assertThat(recorded.labels("millrace.inference.failures", REASON))
        .containsExactly("REQUEST_MALFORMED");
    assertThat(recorded.metric("millrace.inference.requests").getLongSumData().getPoints())
        .extracting(point -> point.getAttributes().get(MODEL) + " " + point.getValue())
        .containsExactly("_unknown 1");
  }

  @Test
  void aStreamThatEndsBecauseTheServerStops_hasNotFailed() {
    StreamCaller caller = answeredOnce();

    recorded.door.server.stop(Duration.ofSeconds(20));

    assertThat(caller.end().reason()).isEqualTo("SERVER_DRAINING");
    assertThat(reasonsInTheLog()).isEmpty();
    assertThat(countedByModel()).containsExactly("iris 1");
    assertThat(recorded.has("millrace.inference.failures")).isFalse();
  }

  @Test
  void aMessageThatCannotBeRead_countsAsOneCallOfNoTime_howeverLongItsStreamHasLived() {
    byte[] good = StreamCaller.request("a").toByteArray();
    recorded.door.inference.answer(RecordedDoor::run);

    Calls.raw(
        recorded.door.channel,
        StreamedInference.NAME,
        new Metadata(),
        good,
        new byte[] {0x0A, 5, 'x'});

    Await.until(() -> !lines.list.isEmpty());
    assertThat(reasonsInTheLog()).containsExactly("REQUEST_MALFORMED");
    assertThat(countedByModel()).containsExactlyInAnyOrder("iris 1", "_unknown 1");
    assertThat(
            recorded.metric("millrace.inference.request.duration").getHistogramData().getPoints())
        .filteredOn(point -> "_unknown".equals(point.getAttributes().get(MODEL)))
        .singleElement()
        .satisfies(point -> assertThat(point.getSum()).isZero());
  }

  @Test
  void aRequestThatEndsItsStream_isToldOnce() {
    recorded.door.inference.answer(
        request -> {
          throw ServingException.refusal(Reason.MODEL_NOT_FOUND, "no such model");
        });
    StreamCaller caller = StreamCaller.open(recorded.door.channel, "triton_grpc_error", "true");
    caller.send(StreamCaller.request("a"));

    assertThat(caller.end().reason()).isEqualTo("MODEL_NOT_FOUND");
    Await.until(() -> !lines.list.isEmpty());
    assertThat(reasonsInTheLog()).containsExactly("MODEL_NOT_FOUND");
    assertThat(countedByModel()).containsExactly("_unknown 1");
    assertThat(recorded.labels("millrace.inference.failures", REASON))
        .containsExactly("MODEL_NOT_FOUND");
  }

  /** Counts spans, of which telemetry itself only shows those that have ended. */
  private static final class Spans implements SpanProcessor {
    private final AtomicInteger started = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();

    @Override
    public void onStart(Context parent, ReadWriteSpan span) {
      started.incrementAndGet();
    }

    @Override
    public boolean isStartRequired() {
      return true;
    }

    @Override
    public void onEnd(ReadableSpan span) {
      ended.incrementAndGet();
    }

    @Override
    public boolean isEndRequired() {
      return true;
    }
  }

  @Test
  void spansOfAStream_allEnd_whateverItsMessagesAre() {
    Spans spans = new Spans();
    OpenTelemetrySdk counting =
        OpenTelemetrySdk.builder()
            .setTracerProvider(SdkTracerProvider.builder().addSpanProcessor(spans).build())
            .build();
    try (RunningDoor door = new RunningDoor(RunningDoor.laptop(0), counting)) {
      byte[] good = StreamCaller.request("a").toByteArray();
      Calls.raw(
          door.channel, StreamedInference.NAME, new Metadata(), good, new byte[] {0x0A, 5, 'x'});
    }

    assertThat(spans.ended).hasValue(2);
    assertThat(spans.started).hasValue(2);
  }
}
