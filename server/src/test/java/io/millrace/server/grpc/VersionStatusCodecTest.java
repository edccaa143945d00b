package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.lifecycle.VersionStatus;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.v1.ModelVersionStatus;
import io.millrace.v1.State;
import io.millrace.v1.StateChange;
import io.millrace.v1.StatusProto;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class VersionStatusCodecTest {
  private static final Instant START = Instant.ofEpochSecond(1_000, 5);

  private static VersionStatus.StateChange at(VersionState state, long millis) {
    return new VersionStatus.StateChange(state, START.plusMillis(millis));
  }

  @Test
  void everyState_hasItsNameInTensorFlowServing() {
    assertThat(
            Map.of(
                VersionState.NEW, State.START,
                VersionState.LOADING, State.LOADING,
                VersionState.READY, State.AVAILABLE,
                VersionState.DRAINING, State.UNLOADING,
                VersionState.UNLOADING, State.UNLOADING,
                VersionState.UNLOADED, State.END,
                VersionState.FAILED, State.END))
        .hasSize(VersionState.values().length)
        .allSatisfy((ours, theirs) -> assertThat(VersionStatusCodec.state(ours)).isEqualTo(theirs));
  }

  @Test
  void aVersionThatServes_isWellAndTellsHowLongItLoaded() {
    ModelVersionStatus encoded =
        VersionStatusCodec.encode(
            new VersionStatus(
                new ModelVersionId("iris", 3),
                VersionState.READY,
                Optional.empty(),
                List.of(at(VersionState.LOADING, 0), at(VersionState.READY, 1_250))));

    assertThat(encoded.getVersion()).isEqualTo(3);
    assertThat(encoded.getState()).isEqualTo(State.AVAILABLE);
    assertThat(encoded.getStatus()).isEqualTo(StatusProto.newBuilder().setErrorCode("OK").build());
    StateChange loading = encoded.getTimeline(0);
    assertThat(loading.getAt().getSeconds()).isEqualTo(1_000);
    assertThat(loading.getAt().getNanos()).isEqualTo(5);
    assertThat(loading.getTook().getSeconds()).isEqualTo(1);
    assertThat(loading.getTook().getNanos()).isEqualTo(250_000_000);
    assertThat(encoded.getTimeline(1).hasTook()).isFalse();
  }

  @Test
  void aVersionThatFailed_saysWhyAsACallWould() {
    ModelVersionStatus encoded =
        VersionStatusCodec.encode(
            new VersionStatus(
                new ModelVersionId("iris", 3),
                VersionState.FAILED,
                Optional.of(ServingException.refusal(Reason.MODEL_LOAD_FAILED, "not ONNX")),
                List.of(at(VersionState.LOADING, 0), at(VersionState.FAILED, 10))));

    assertThat(encoded.getState()).isEqualTo(State.END);
    assertThat(encoded.getStatus().getErrorCode()).isEqualTo("FAILED_PRECONDITION");
    assertThat(encoded.getStatus().getErrorMessage()).isEqualTo("not ONNX");
    assertThat(encoded.getStatus().getReason()).isEqualTo("MODEL_LOAD_FAILED");
    assertThat(encoded.getTimeline(0).getReason()).isEmpty();
    assertThat(encoded.getTimeline(1).getReason()).isEqualTo("MODEL_LOAD_FAILED");
  }

  @Test
  void aClockThatWasSetBack_givesNoNegativeTimes() {
    ModelVersionStatus encoded =
        VersionStatusCodec.encode(
            new VersionStatus(
                new ModelVersionId("iris", 3),
                VersionState.READY,
                Optional.empty(),
                List.of(at(VersionState.LOADING, 0), at(VersionState.READY, -5_000))));

    assertThat(encoded.getTimeline(0).getTook().getSeconds()).isZero();
  }
}
