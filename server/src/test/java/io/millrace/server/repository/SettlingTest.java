package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SettlingTest {
  private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");

  private record Thing(String fingerprint, Instant newest, boolean isWhole) implements Stamped {
    Thing(String fingerprint, Instant newest) {
      this(fingerprint, newest, false);
    }
  }

  /** Each letter is what one scan finds; below it is what counts as complete then. */
  @ParameterizedTest
  @CsvSource({
    "a,      -",
    "aa,     -a",
    "ab,     --",
    "abb,    --b",
    "abcdd,  ----d",
    "aab,    -aa",
    "aabb,   -aab",
    "aabcaa, -aaaaa",
    "aaba,   -aaa",
    "aababb, -aaaab"
  })
  void thing_countsAsCompleteWhenTwoScansAgree(String found, String complete) {
    StringBuilder settled = new StringBuilder();
    Settling<Thing> state = null;
    for (int scan = 0; scan < found.length(); scan++) {
      state = Settling.next(state, new Thing(found.substring(scan, scan + 1), NOON), Instant.MIN);
      settled.append(name(state.settled()));
    }

    assertThat(settled).hasToString(complete);
  }

  @Test
  void newThing_countsAsCompleteAtOnceOnlyIfOlder() {
    Thing thing = new Thing("a", NOON);

    assertThat(Settling.next(null, thing, NOON.plusNanos(1)).settled()).isEqualTo(thing);
    assertThat(Settling.next(null, thing, NOON).settled()).isNull();
  }

  @Test
  void knownThing_doesNotCountAsCompleteByAge() {
    Settling<Thing> first = Settling.next(null, new Thing("a", NOON), Instant.MIN);

    assertThat(Settling.next(first, new Thing("b", NOON), Instant.MAX).settled()).isNull();
  }

  @Test
  void wholeThing_countsAsCompleteAtOnce() {
    Thing whole = new Thing("b", NOON, true);
    Settling<Thing> first = Settling.next(null, new Thing("a", NOON), Instant.MIN);

    assertThat(Settling.next(null, whole, Instant.MIN).settled()).isEqualTo(whole);
    assertThat(Settling.next(first, whole, Instant.MIN).settled()).isEqualTo(whole);
  }

  @Test
  void thingInTheMaking_leavesTheCompleteOneStanding() {
    Settling<Thing> complete = Settling.next(null, new Thing("a", NOON), Instant.MAX);

    Settling<Thing> waiting = Settling.waiting(complete, new Thing("b", NOON));

    assertThat(name(waiting.settled())).isEqualTo("a");
    assertThat(waiting.isSettled()).isFalse();
    assertThat(Settling.waiting(null, new Thing("b", NOON)).settled()).isNull();
  }

  private static String name(@Nullable Thing thing) {
    return thing == null ? "-" : thing.fingerprint();
  }
}
