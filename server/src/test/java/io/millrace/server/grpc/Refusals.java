package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Says what a refusal must look like. */
final class Refusals {
  private Refusals() {}

  /** Refused for the reason, with the texts in the message. */
  static void assertRefusedSaying(ThrowingCallable work, Reason reason, String text) {
    assertThatThrownBy(work)
        .isInstanceOfSatisfying(
            ServingException.class,
            e -> {
              assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason);
              assertThat(e.getMessage()).contains(text);
            });
  }

  /** Also names the field. */
  static void assertRefused(ThrowingCallable work, Reason reason, String field, String... texts) {
    assertThatThrownBy(work)
        .isInstanceOfSatisfying(
            ServingException.class,
            e -> {
              assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason);
              assertThat(e.violations())
                  .extracting(ServingException.FieldViolation::field)
                  .containsExactly(field);
              assertThat(List.of(texts))
                  .allSatisfy(text -> assertThat(e.getMessage()).contains(text));
            });
  }
}
