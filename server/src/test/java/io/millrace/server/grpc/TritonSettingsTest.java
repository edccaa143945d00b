package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.millrace.openinference.CudaSharedMemoryRegisterRequest;
import io.millrace.openinference.CudaSharedMemoryStatusRequest;
import io.millrace.openinference.CudaSharedMemoryUnregisterRequest;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import io.millrace.openinference.LogSettingsRequest;
import io.millrace.openinference.SystemSharedMemoryRegisterRequest;
import io.millrace.openinference.SystemSharedMemoryStatusRequest;
import io.millrace.openinference.SystemSharedMemoryUnregisterRequest;
import io.millrace.openinference.TraceSettingRequest;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What Triton lets its clients set up at run time, and this server does not. */
final class TritonSettingsTest {
  private static RunningDoor door;
  private static GRPCInferenceServiceBlockingStub client;

  @BeforeAll
  static void open() {
    door = new RunningDoor();
    client = GRPCInferenceServiceGrpc.newBlockingStub(door.channel);
  }

  @AfterAll
  static void close() {
    door.close();
  }

  private static void assertUnsupported(Callable<?> call, String advice) {
    Calls.End end = Calls.failed(call);
    assertThat(end.code()).isEqualTo(Status.Code.UNIMPLEMENTED);
    assertThat(end.reason()).isEqualTo("UNSUPPORTED_OPERATION");
    assertThat(end.message()).contains(advice);
  }

  @Test
  void noMemoryIsShared_soNoneIsTold_andUnregisteringIsOk() {
    assertThat(
            client
                .systemSharedMemoryStatus(SystemSharedMemoryStatusRequest.getDefaultInstance())
                .getRegionsMap())
        .isEmpty();
    assertThat(
            client
                .cudaSharedMemoryStatus(CudaSharedMemoryStatusRequest.getDefaultInstance())
                .getRegionsMap())
        .isEmpty();
    assertThat(
            client
                .systemSharedMemoryUnregister(
                    SystemSharedMemoryUnregisterRequest.newBuilder().setName("mine").build())
                .toByteArray())
        .isEmpty();
    assertThat(
            client
                .cudaSharedMemoryUnregister(CudaSharedMemoryUnregisterRequest.getDefaultInstance())
                .toByteArray())
        .isEmpty();
  }

  @Test
  void memoryThatIsRegistered_isUnsupported_withWhatToDoInstead() {
    assertUnsupported(
        () ->
            client.systemSharedMemoryRegister(
                SystemSharedMemoryRegisterRequest.newBuilder().setName("mine").build()),
        "raw_input_contents");
    assertUnsupported(
        () ->
            client.cudaSharedMemoryRegister(
                CudaSharedMemoryRegisterRequest.newBuilder().setName("mine").build()),
        "raw_input_contents");
  }

  @Test
  void settingsOfTracesAndLog_areNone_andNoneCanBeChanged() {
    assertThat(client.traceSetting(TraceSettingRequest.newBuilder().build()).getSettingsMap())
        .isEmpty();
    assertThat(client.logSettings(LogSettingsRequest.newBuilder().build()).getSettingsMap())
        .isEmpty();
    assertUnsupported(
        () ->
            client.traceSetting(
                TraceSettingRequest.newBuilder()
                    .putSettings(
                        "trace_rate",
                        TraceSettingRequest.SettingValue.newBuilder().addValue("1").build())
                    .build()),
        "OTEL_");
    assertUnsupported(
        () ->
            client.logSettings(
                LogSettingsRequest.newBuilder()
                    .putSettings(
                        "log_verbose_level",
                        LogSettingsRequest.SettingValue.newBuilder().setUint32Param(1).build())
                    .build()),
        "--access-log");
  }
}
