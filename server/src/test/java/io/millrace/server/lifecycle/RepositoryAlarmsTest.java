package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.Problem;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose status tells of what cannot be read or understood: versions 2 and 1 of iris serve. */
final class RepositoryAlarmsTest {
  private final ManualLifecycle house = new ManualLifecycle();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          repository            | repository: is away; mend it | repository: is away; mend it
          repository '/a/place' | repository: is away; mend it | repository: is away; mend it
          iris                  | iris: is away; mend it       | iris: is away; mend it
          iris/2                | iris/2: is away; mend it     | ''
          iris/config.yaml:3    | iris/config.yaml:3: is away; mend it | iris/config.yaml:3: is away; mend it
          wine                  | ''                           | ''
          iris2                 | ''                           | ''
          """)
  void alarm_isToldByTheVersionsThatItConcerns(String place, String second, String first) {
    house.settle(Wishes.newest(2, 2, 1));

    house.manager().alarm(List.of(new Problem(place, "is away", "mend it")));

    assertThat(house.status(2).alarm()).isEqualTo(second);
    assertThat(house.status(1).alarm()).isEqualTo(first);
    house.manager().alarm(List.of());
    assertThat(house.status(2).alarm()).isEmpty();
  }
}
