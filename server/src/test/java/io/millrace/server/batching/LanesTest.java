package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.Priority;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who leaves the queue first, by priority and by deadline. */
final class LanesTest {
  private static final BatchPolicy PAIRS = new BatchPolicy(2, 0);

  private final Lanes lanes = new Lanes();
  private long arrivals;

  private PendingRequest join(Priority priority, long deadlineNanos) {
    PendingRequest request =
        new PendingRequest(Calls.due(1, deadlineNanos).urgent(priority, deadlineNanos), 0);
    request.enter(++arrivals);
    lanes.add(request);
    return request;
  }

  private static String letter(PendingRequest request) {
    return request.request().priority() == Priority.HIGH ? "H" : "n";
  }

  /**
   * What leaves, a word for each batch.
   *
   * @param waiting of which H is high and n is normal; all that comes later is less urgent
   */
  @ParameterizedTest
  @CsvSource({
    "nH, 1, H n",
    "nnHH, 1, H H n n",
    "nnHHHHHHHH, 1, H H H n H H H n H H",
    "HHHHHn, 1, H H H n H H",
    "nH, 2, Hn",
    "nnHHH, 2, HH Hn n",
    "nnnnHHHHHHHH, 2, HH HH HH nn HH nn",
    "HHHHHHHn, 2, HH HH HH nH",
    "nnn, 2, nn n",
    "HHH, 2, HH H"
  })
  void highLeavesFirst_butEveryFourthBatchBeginsWithNormal(
      String waiting, int rows, String expected) {
    for (int i = 0; i < waiting.length(); i++) {
      join(waiting.charAt(i) == 'H' ? Priority.HIGH : Priority.NORMAL, i);
    }
    List<String> left = new ArrayList<>();
    while (!lanes.isEmpty()) {
      List<PendingRequest> batch = lanes.takeBatch(rows, PAIRS).requests();
      left.add(String.join("", batch.stream().map(LanesTest::letter).toList()));
    }

    assertThat(String.join(" ", left)).isEqualTo(expected);
    assertThat(lanes.rows()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"HIGH", "NORMAL"})
  void withinALane_theEarliestDeadlineLeavesFirst(Priority priority) {
    PendingRequest last = join(priority, 30);
    PendingRequest first = join(priority, 10);
    PendingRequest second = join(priority, 20);

    assertThat(lanes.takeBatch(1, BatchPolicy.ALONE).requests()).containsExactly(first);
    assertThat(lanes.takeBatch(2, PAIRS).requests()).containsExactly(second, last);
  }

  @Test
  void rowsAheadOfAHighRequest_areTheHighOnesAndTheShareOfTheOthers() {
    IntStream.range(0, 100).forEach(i -> join(Priority.NORMAL, i));
    assertThat(lanes.rowsAheadOf(Priority.HIGH)).isZero();
    IntStream.range(0, 9).forEach(i -> join(Priority.HIGH, i));

    assertThat(lanes.rowsAheadOf(Priority.HIGH)).isEqualTo(12);
    assertThat(lanes.rowsAheadOf(Priority.NORMAL)).isEqualTo(109);
  }

  /** Arrivals, departures and batches at random, against what the lanes promise. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whateverHappens_nobodyStarvesAndNobodyIsLost(long seed) {
    Random random = new Random(seed);
    Set<PendingRequest> inside = new HashSet<>();
    int begunWithHighWhileNormalWaited = 0;
    for (int step = 0; step < 20_000; step++) {
      int what = random.nextInt(10);
      if (what < 6) {
        Priority priority = random.nextInt(5) == 0 ? Priority.NORMAL : Priority.HIGH;
        inside.add(join(priority, random.nextInt(1_000)));
      } else if (what < 7 && !inside.isEmpty()) {
        PendingRequest gone = inside.iterator().next();
        assertThat(lanes.remove(gone)).isTrue();
        assertThat(lanes.remove(gone)).isFalse();
        inside.remove(gone);
      } else if (!lanes.isEmpty()) {
        boolean normalWaits = inside.stream().anyMatch(LanesTest::isNormal);
        List<PendingRequest> batch = lanes.takeBatch(1 + random.nextInt(2), PAIRS).requests();
        assertThat(inside.containsAll(batch)).isTrue();
        batch.forEach(inside::remove);
        if (isNormal(batch.get(0))) {
          begunWithHighWhileNormalWaited = 0;
        } else if (normalWaits) {
          begunWithHighWhileNormalWaited++;
        }
        assertThat(begunWithHighWhileNormalWaited).isLessThanOrEqualTo(Lanes.HIGH_IN_A_ROW);
      }
      assertThat(lanes.size()).isEqualTo(inside.size());
      assertThat(lanes.rows()).isEqualTo(inside.size());
      // Each has one row of one byte.
      assertThat(lanes.bytes()).isEqualTo(inside.size());
    }
  }

  private static boolean isNormal(PendingRequest request) {
    return request.request().priority() == Priority.NORMAL;
  }
}
