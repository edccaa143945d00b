package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.grpc.protobuf.StatusProto;
import java.util.Optional;
import java.util.function.Function;

/** Reads the details that an outcome of the mapper carries. */
final class StatusDetails {
  private StatusDetails() {}

  static <T extends Message> Optional<T> detail(StatusMapper.Outcome outcome, Class<T> type) {
    com.google.rpc.Status status =
        StatusProto.fromStatusAndTrailers(outcome.status(), outcome.trailers());
    assertThat(status).isNotNull();
    return status.getDetailsList().stream()
        .filter(any -> any.is(type))
        .findFirst()
        .map(unpack(type));
  }

  private static <T extends Message> Function<Any, T> unpack(Class<T> type) {
    return any -> {
      try {
        return any.unpack(type);
      } catch (InvalidProtocolBufferException e) {
        throw new AssertionError(e);
      }
    };
  }
}
