package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.MethodDescriptor;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.v1.ModelServiceGrpc;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which calls Envoy keeps from the server where others than this machine reach it. */
final class AdminDoorsTest {
  private static final List<Pattern> SHUT =
      Pattern.compile("regex: \"([^\"]+)\"")
          .matcher(AdminDoors.SHUT.inserts().getOrDefault("admin-doors", ""))
          .results()
          .map(found -> Pattern.compile(found.group(1)))
          .toList();

  static Stream<String> orders() {
    return Stream.of(
            ModelServiceGrpc.getLoadModelMethod(),
            ModelServiceGrpc.getUnloadModelMethod(),
            ModelServiceGrpc.getReloadModelMethod(),
            ModelServiceGrpc.getSetLabelMethod(),
            GRPCInferenceServiceGrpc.getRepositoryModelLoadMethod(),
            GRPCInferenceServiceGrpc.getRepositoryModelUnloadMethod())
        .map(MethodDescriptor::getFullMethodName);
  }

  static Stream<String> questions() {
    return Stream.of(
            ModelServiceGrpc.getListModelsMethod(),
            GRPCInferenceServiceGrpc.getModelConfigMethod(),
            GRPCInferenceServiceGrpc.getModelStatisticsMethod(),
            GRPCInferenceServiceGrpc.getRepositoryIndexMethod(),
            GRPCInferenceServiceGrpc.getModelInferMethod())
        .map(MethodDescriptor::getFullMethodName);
  }

  private static boolean isShut(String method) {
    return SHUT.stream().anyMatch(pattern -> pattern.matcher("/" + method).matches());
  }

  @ParameterizedTest
  @ValueSource(strings = {"load", "unload", "load/"})
  void ordersByRest_areShutOut_andTheIndexIsNot(String order) {
    assertThat(isShut("v2/repository/models/iris/" + order)).isTrue();
    assertThat(isShut("v2/repository/index")).isFalse();
    assertThat(isShut("v2/models/iris/stats")).isFalse();
  }

  @ParameterizedTest
  @MethodSource("orders")
  void whatChangesModels_isShutOut(String method) {
    assertThat(isShut(method)).isTrue();
  }

  @ParameterizedTest
  @MethodSource("questions")
  void whatOnlyAsks_isNot(String method) {
    assertThat(isShut(method)).isFalse();
  }
}
