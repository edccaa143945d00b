package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.lifecycle.ModelAdmin.LabelOrder;
import io.millrace.server.lifecycle.ModelAdmin.Manner;
import io.millrace.server.lifecycle.ModelAdmin.Order;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionSelector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** 32 operators give 256 orders each, at random, about one model of which calls hold versions. */
@Timeout(120)
final class ModelAdminStressTest {
  private static final int OPERATORS = 32;
  private static final int ORDERS = 256;

  /** After each the end is looked at. */
  private static final int ROUNDS = 8;

  private static final long VERSIONS = 4;
  private static final long SEED = 20_260_103;

  private final FakeLoader loader = new FakeLoader();
  private final ModelManager manager =
      new ModelManager(loader, new LifecycleOptions(2, Duration.ofMinutes(1)));
  private final ExecutorService threads = Executors.newFixedThreadPool(OPERATORS);
  private final Set<Long> expected = new TreeSet<>();

  @AfterEach
  void endThreads() {
    threads.shutdownNow();
    manager.close();
  }

  @Test
  void randomOrders_endInWhatTheLastOnesSay_andEndAsTheyMay() throws Exception {
    manager.accept(Wishes.newest(1, 4, 3, 2, 1));
    manager.firstScanDone();
    ended(give(0, Manner.WHEN_SETTLED));
    for (int round = 0; round < ROUNDS; round++) {
      operate(SEED + (long) round * OPERATORS);
      ended(give(1, Manner.WHEN_SETTLED));
      ended(manager.admin().setLabel(toVersion1("round" + round)));

      ModelStatus status = manager.model(Wishes.MODEL).orElseThrow();
      assertThat(serving(status)).as("in round %d", round).isEqualTo(expected);
      assertThat(status.labels()).containsEntry("round" + round, 1L);
    }
    manager.close();
    assertThat(loader.loaded()).allMatch(servable -> servable.closes() == 1);
  }

  private static LabelOrder toVersion1(String label) {
    return new LabelOrder(Wishes.MODEL, label, 1, OptionalLong.empty());
  }

  private void operate(long seed) {
    List<CompletableFuture<Void>> operators = new ArrayList<>();
    for (int i = 0; i < OPERATORS; i++) {
      Random random = new Random(seed + i);
      operators.add(CompletableFuture.runAsync(() -> operate(random), threads));
    }
    assertThat(operators)
        .allSatisfy(operator -> assertThat(operator).succeedsWithin(100, TimeUnit.SECONDS));
  }

  private static Set<Long> serving(ModelStatus status) {
    return status.versions().stream()
        .filter(version -> version.state() == VersionState.READY)
        .map(version -> version.id().version())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Keeps a version lent while it gives its next order, now and then. */
  private void operate(Random random) {
    List<ServableHandle> lent = new ArrayList<>();
    for (int i = 0; i < ORDERS / ROUNDS; i++) {
      if (random.nextInt(4) == 0) {
        label(random);
      } else {
        ended(give(kind(random), Manner.AT_ONCE));
      }
      lent.forEach(ServableHandle::close);
      lent.clear();
      borrow(lent);
    }
    lent.forEach(ServableHandle::close);
  }

  /** Seldom about the whole model, since such an order says all anew. */
  private static int kind(Random random) {
    int version = random.nextInt(10) == 0 ? 0 : 1 + random.nextInt((int) VERSIONS);
    return random.nextBoolean() ? version : version + (int) VERSIONS + 1;
  }

  /**
   * Gives an order and notes what it makes of all before, in the order in which they are carried
   * out.
   *
   * @param kind 0 loads and 5 unloads the model; those above load and unload a version
   */
  private synchronized CompletionStage<?> give(int kind, Manner manner) {
    long version = kind % (VERSIONS + 1);
    boolean load = kind <= VERSIONS;
    Set<Long> meant =
        version == 0 ? (load ? Set.of(VERSIONS) : Set.copyOf(expected)) : Set.of(version);
    if (load) {
      expected.addAll(meant);
    } else {
      expected.removeAll(meant);
    }
    Order order =
        new Order(
            Wishes.MODEL, version == 0 ? OptionalLong.empty() : OptionalLong.of(version), manner);
    return load ? manager.admin().load(order) : manager.admin().unload(order);
  }

  private void label(Random random) {
    LabelOrder order =
        new LabelOrder(
            Wishes.MODEL,
            "label" + random.nextInt(3),
            1 + random.nextInt((int) VERSIONS),
            random.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(random.nextInt(5)));
    try {
      ended(manager.admin().setLabel(order));
    } catch (ServingException refused) {
      assertThat(refused.reason())
          .isIn(Reason.VERSION_NOT_FOUND, Reason.MODEL_LOADING, Reason.LABEL_MOVED);
    }
  }

  private void borrow(List<ServableHandle> lent) {
    try {
      lent.add(manager.acquire(Wishes.MODEL, VersionSelector.LATEST));
    } catch (ServingException refused) {
      assertThat(refused.reason()).isIn(Reason.VERSION_NOT_FOUND, Reason.MODEL_LOADING);
    }
  }

  private static void ended(CompletionStage<?> order) {
    try {
      var unused = order.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof ServingException refusal) {
        throw refusal;
      }
      throw e;
    }
  }
}
