package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.millrace.server.lifecycle.Wishes;
import io.millrace.v1.LoadModelRequest;
import io.millrace.v1.ModelOperationResponse;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.ModelServiceGrpc.ModelServiceBlockingStub;
import io.millrace.v1.ModelVersionStatus;
import io.millrace.v1.ReloadModelRequest;
import io.millrace.v1.SetLabelRequest;
import io.millrace.v1.State;
import io.millrace.v1.UnloadModelRequest;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many operators at one model, none of whom knows of the others. */
@Timeout(180)
final class AdminStressTest {
  private static final int OPERATORS = 32;
  private static final int ORDERS = 256;
  private static final int VERSIONS = 4;
  private static final long SEED = 20_261_121;

  /** A label goes to no version that is down, on its way, or has moved. */
  private static final Set<Status.Code> EXPECTED =
      EnumSet.of(
          Status.Code.OK, Status.Code.NOT_FOUND, Status.Code.UNAVAILABLE, Status.Code.ABORTED);

  private final AdminDoor door = new AdminDoor();
  private final ModelServiceBlockingStub client = ModelServiceGrpc.newBlockingStub(door.channel);
  private final ExecutorService threads = Executors.newFixedThreadPool(OPERATORS);

  @AfterEach
  void close() {
    threads.shutdownNow();
    door.close();
  }

  private Set<Status.Code> operate(Random random) {
    Set<Status.Code> codes = EnumSet.noneOf(Status.Code.class);
    for (int i = 0; i < ORDERS; i++) {
      try {
        order(random);
        codes.add(Status.Code.OK);
      } catch (StatusRuntimeException e) {
        codes.add(e.getStatus().getCode());
      }
    }
    return codes;
  }

  private void order(Random random) {
    long version = random.nextInt(VERSIONS + 1);
    boolean wait = random.nextInt(8) == 0;
    switch (random.nextInt(4)) {
      case 0 -> load(version, wait);
      case 1 -> unload(version, wait);
      case 2 -> label(Math.max(1, version), random.nextInt(VERSIONS + 1));
      default -> reload(wait);
    }
  }

  private ModelOperationResponse load(long version, boolean wait) {
    return client.loadModel(
        LoadModelRequest.newBuilder()
            .setName(Wishes.MODEL)
            .setVersion(version)
            .setWait(wait)
            .build());
  }

  private ModelOperationResponse unload(long version, boolean wait) {
    return client.unloadModel(
        UnloadModelRequest.newBuilder()
            .setName(Wishes.MODEL)
            .setVersion(version)
            .setWait(wait)
            .build());
  }

  private void reload(boolean wait) {
    var unused =
        client.reloadModel(
            ReloadModelRequest.newBuilder().setName(Wishes.MODEL).setWait(wait).build());
  }

  private long label(long version, long expected) {
    SetLabelRequest.Builder request =
        SetLabelRequest.newBuilder().setName(Wishes.MODEL).setLabel("stable").setVersion(version);
    if (expected > 0) {
      request.setExpectedVersion(expected - 1);
    }
    return client.setLabel(request.build()).getLabelsOrThrow("stable");
  }

  private static List<Long> available(ModelOperationResponse response) {
    return response.getModelVersionStatusList().stream()
        .filter(status -> status.getState() == State.AVAILABLE)
        .map(ModelVersionStatus::getVersion)
        .toList();
  }

  @Test
  void randomOrders_endInNoUnexpectedCode_andTheLastOneHolds() throws Exception {
    door.manager.accept(Wishes.newest(1, 4, 3, 2, 1));
    var unused = load(0, true);
    List<Future<Set<Status.Code>>> operators = new ArrayList<>();
    for (int i = 0; i < OPERATORS; i++) {
      Random random = new Random(SEED + i);
      Callable<Set<Status.Code>> operator = () -> operate(random);
      operators.add(threads.submit(operator));
    }
    Set<Status.Code> codes = EnumSet.noneOf(Status.Code.class);
    for (Future<Set<Status.Code>> operator : operators) {
      codes.addAll(operator.get());
    }

    assertThat(codes).as("seed %d", SEED).contains(Status.Code.OK).isSubsetOf(EXPECTED);
    assertThat(available(unload(0, true))).isEmpty();
    assertThat(available(load(3, true))).containsExactly(3L);
    assertThat(label(3, 0)).isEqualTo(3);
    assertThat(available(load(0, true))).containsExactly(4L, 3L);
    assertThat(available(unload(3, true))).containsExactly(4L);
    assertThat(door.loader.loaded().stream().filter(servable -> servable.closes() == 0))
        .as("copies that are in memory still")
        .hasSize(1);
    assertThat(door.loader.loaded()).allMatch(servable -> servable.closes() <= 1);
  }
}
