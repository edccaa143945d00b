package io.millrace.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ServingExceptionTest {
  @Test
  void refusal_costsNoStack() {
    ServingException refusal = ServingException.refusal(Reason.MODEL_NOT_FOUND, "no model 'x'");
    assertThat(refusal.getStackTrace()).isEmpty();
    assertThat(refusal).hasNoCause().hasMessage("no model 'x'");
    assertThat(refusal.reason()).isEqualTo(Reason.MODEL_NOT_FOUND);
    assertThat(refusal.violations()).isEmpty();
  }

  @Test
  void refusalThatIsToldAnew_costsNoStackAndKeepsItsDelay() {
    ServingException told =
        ServingException.refusal(Reason.MODEL_QUEUE_FULL, "full", Duration.ofMillis(7))
            .about(Map.of("model", "x"))
            .withAdvice("wait");

    assertThat(told.getStackTrace()).isEmpty();
    assertThat(told.retryDelay()).isEqualTo(Duration.ofMillis(7));
    assertThat(told.subject()).containsEntry("model", "x");
  }

  @Test
  void failureThatIsToldAnew_keepsItsStack() {
    ServingException failure =
        ServingException.failure(Reason.INTERNAL_ERROR, "broke", new IOException("x"));

    assertThat(failure.about(Map.of("model", "x")).getStackTrace())
        .isEqualTo(failure.getStackTrace())
        .isNotEmpty();
  }

  @Test
  void refusalOfAField_namesIt() {
    ServingException refusal =
        ServingException.refusal(Reason.TENSOR_SHAPE_MISMATCH, "inputs[2].shape", "got [3]");
    assertThat(refusal.getStackTrace()).isEmpty();
    assertThat(refusal.violations())
        .containsExactly(new ServingException.FieldViolation("inputs[2].shape", "got [3]"));
  }

  @Test
  void failure_keepsItsCauseAndItsStack() {
    Exception cause = new IOException("/secret/path");
    ServingException failure = ServingException.failure(Reason.INTERNAL_ERROR, "broke", cause);
    assertThat(failure).hasCause(cause).hasMessage("broke");
    assertThat(failure.getStackTrace()).isNotEmpty();
  }

  @Test
  void refusals_areNotChangedByWhoeverCatchesThem() {
    ServingException refusal = ServingException.refusal(Reason.TENSOR_MISSING, "x");
    refusal.addSuppressed(new IOException("while closing"));
    assertThat(refusal.getSuppressed()).isEmpty();
  }

  @Test
  void exception_canBeSerializedLikeAnyOther() throws IOException {
    try (ObjectOutputStream out = new ObjectOutputStream(new ByteArrayOutputStream())) {
      out.writeObject(ServingException.refusal(Reason.TENSOR_MISSING, "inputs", "x"));
    }
  }
}
