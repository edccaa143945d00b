package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import io.grpc.Status;
import io.millrace.server.lifecycle.FakeServable;
import io.millrace.tensorflow.serving.ModelServiceGrpc;
import io.millrace.tensorflow.serving.ModelServiceGrpc.ModelServiceFutureStub;
import io.millrace.tensorflow.serving.ReloadConfigRequest;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Configurations that come while another is carried out. */
final class ConfigReloadTurnsTest extends ConfiguredDoorTest {
  private final ModelServiceFutureStub futures = ModelServiceGrpc.newFutureStub(door.channel);

  /** Has the load of version 1 wait for the latch that this gives. */
  private CountDownLatch holdLoads() {
    CountDownLatch held = new CountDownLatch(1);
    door.loader.onLoad(
        1,
        id -> {
          awaitLatch(held);
          return new FakeServable(id, FakeCatalog.SIGNATURE);
        });
    return held;
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void twoConfigurationsAtATime_areCarriedOutOneAfterTheOther_andAThirdIsRefused()
      throws Exception {
    CountDownLatch held = holdLoads();
    var first =
        futures.handleReloadConfigRequest(
            request(model("iris").setModelVersionPolicy(specific(1L))));
    var second = futures.handleReloadConfigRequest(request(model("wine")));

    Calls.End third = Calls.failed(() -> reload(model("iris")));
    assertThat(third.code()).isEqualTo(Status.Code.ABORTED);
    assertThat(third.reason()).isEqualTo("CONFIGURATION_WAITING");
    assertThat(available("wine")).containsExactly(9L);
    held.countDown();

    assertThat(first.get(20, TimeUnit.SECONDS).getStatus().getErrorCode()).isEqualTo(Code.OK);
    assertThat(second.get(20, TimeUnit.SECONDS).getStatus().getErrorCode()).isEqualTo(Code.OK);
    awaitAvailable("wine", 9L);
    awaitAvailable("iris");
  }

  @Test
  void aConfigurationWhoseCallerHasGone_isNotCarriedOut() throws Exception {
    CountDownLatch held = holdLoads();
    ReloadConfigRequest kept =
        request(model("iris").setModelVersionPolicy(specific(1L)), model("wine"));
    var first = futures.handleReloadConfigRequest(kept);
    var second = futures.handleReloadConfigRequest(request());
    second.cancel(true);
    Await.until(() -> findsAPlaceToWait(kept));
    held.countDown();

    assertThat(first.get(20, TimeUnit.SECONDS).getStatus().getErrorCode()).isEqualTo(Code.OK);
    assertThat(client.handleReloadConfigRequest(kept).getStatus().getErrorCode())
        .isEqualTo(Code.OK);
    awaitAvailable("iris", 1L);
    assertThat(available("wine")).containsExactly(9L);
    assertThat(door.loader.loaded()).as("wine was never unloaded").hasSize(3);
  }

  /** Whether a configuration may wait for its turn; it gives up after a moment. */
  private boolean findsAPlaceToWait(ReloadConfigRequest request) {
    Calls.End end =
        Calls.failed(
            () -> client.withDeadlineAfter(1, TimeUnit.SECONDS).handleReloadConfigRequest(request));
    return end.code() == Status.Code.DEADLINE_EXCEEDED;
  }
}
