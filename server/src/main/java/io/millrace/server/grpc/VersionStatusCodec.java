package io.millrace.server.grpc;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.grpc.Status;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.lifecycle.VersionStatus;
import io.millrace.v1.ModelVersionStatus;
import io.millrace.v1.State;
import io.millrace.v1.StateChange;
import io.millrace.v1.StatusProto;
import java.time.Instant;
import java.util.List;

/** The state of a version in the terms of TensorFlow Serving's GetModelStatus. */
final class VersionStatusCodec {
  /** No call gets it: it is about what would be loaded. */
  private static final String UNREADABLE = "REPOSITORY_UNREADABLE";

  private VersionStatusCodec() {}

  static ModelVersionStatus encode(VersionStatus status) {
    ModelVersionStatus.Builder encoded =
        ModelVersionStatus.newBuilder()
            .setVersion(status.id().version())
            .setState(state(status.state()))
            .setStatus(problem(status))
            .setDigest(status.digest());
    List<VersionStatus.StateChange> timeline = status.timeline();
    for (int i = 0; i < timeline.size(); i++) {
      boolean last = i == timeline.size() - 1;
      StateChange.Builder change = change(timeline.get(i));
      if (last) {
        status.problem().ifPresent(problem -> change.setReason(problem.reason().name()));
      } else {
        change.setTook(between(timeline.get(i).at(), timeline.get(i + 1).at()));
      }
      encoded.addTimeline(change);
    }
    return encoded.build();
  }

  static State state(VersionState state) {
    return switch (state) {
      case NEW -> State.START;
      case LOADING -> State.LOADING;
      case READY -> State.AVAILABLE;
      case DRAINING, UNLOADING -> State.UNLOADING;
      case UNLOADED, FAILED -> State.END;
    };
  }

  private static StatusProto problem(VersionStatus status) {
    return status
        .problem()
        .map(
            p ->
                StatusProto.newBuilder()
                    .setErrorCode(StatusMapper.codeOf(p.reason()).name())
                    .setErrorMessage(p.getMessage())
                    .setReason(p.reason().name())
                    .build())
        .orElseGet(() -> good(status.alarm()));
  }

  /** It serves, though nobody can tell what lies in its folder by now. */
  private static StatusProto good(String alarm) {
    StatusProto.Builder good = StatusProto.newBuilder().setErrorCode(Status.Code.OK.name());
    return alarm.isEmpty()
        ? good.build()
        : good.setErrorMessage(alarm).setReason(UNREADABLE).build();
  }

  private static StateChange.Builder change(VersionStatus.StateChange change) {
    Instant at = change.at();
    return StateChange.newBuilder()
        .setState(state(change.state()))
        .setAt(Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()));
  }

  /** Never negative: the times are the wall clock's, which can be set back. */
  private static Duration between(Instant from, Instant to) {
    java.time.Duration took = java.time.Duration.between(from, to);
    return took.isNegative()
        ? Duration.getDefaultInstance()
        : Duration.newBuilder().setSeconds(took.getSeconds()).setNanos(took.getNano()).build();
  }
}
