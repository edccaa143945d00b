package io.millrace.server.grpc;

import io.grpc.BindableService;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How large a request of each method may be. Those that carry tensors, or bodies with tensors, may
 * be as large as the operator says. All others are parsed on event loops, where a large message of
 * tiny fields would hold up all calls of many connections, and none of them needs to be large.
 * Immutable.
 *
 * @param maxBytes of a request that carries tensors
 * @param withTensors the full names of the methods whose requests do
 */
record MessageLimits(int maxBytes, Set<String> withTensors) {
  /**
   * Some thousand models' configuration, the longest request of the others, takes less; as many
   * bytes of empty models take a loop some tens of milliseconds.
   */
  static final int SMALL_BYTES = 512 << 10;

  MessageLimits {
    withTensors = Set.copyOf(withTensors);
  }

  /** With the methods that run models, and all those of the doors. */
  static MessageLimits of(int maxBytes, Set<String> inferences, List<BindableService> doors) {
    return new MessageLimits(
        maxBytes,
        Stream.concat(
                inferences.stream(),
                doors.stream()
                    .flatMap(door -> door.bindService().getMethods().stream())
                    .map(method -> method.getMethodDescriptor().getFullMethodName()))
            .collect(Collectors.toUnmodifiableSet()));
  }

  /** The largest request of the method with this full name. */
  int of(String method) {
    return withTensors.contains(method) ? maxBytes : Math.min(maxBytes, SMALL_BYTES);
  }
}
