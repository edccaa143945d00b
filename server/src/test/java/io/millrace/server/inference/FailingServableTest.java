package io.millrace.server.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** However a version fails, its call ends with a reason and gives all back. */
final class FailingServableTest extends OneCallTest {
  @Test
  void failedModel_givesAllBack() {
    ServingException failure = ServingException.refusal(Reason.ENGINE_ERROR, "no");
    answer(CompletableFuture.failedFuture(failure));
    assertThat(failure(infer(Requests.taking(INPUT)))).isSameAs(failure);
    assertAllIsGivenBack();
  }

  @Test
  void stageThatFailsUnexpectedly_isAFaultOfTheServers() {
    answer(CompletableFuture.failedFuture(new IllegalStateException("/a/path")));
    ServingException failure = failure(infer(Requests.taking(INPUT)));
    assertThat(failure.reason()).isEqualTo(Reason.INTERNAL_ERROR);
    assertThat(failure.getMessage()).doesNotContain("/a/path");
    assertThat(failure).hasCauseInstanceOf(IllegalStateException.class);
    assertAllIsGivenBack();
  }

  static List<Throwable> thrown() {
    return List.of(
        ServingException.refusal(Reason.MODEL_QUEUE_FULL, "full"),
        new IllegalStateException("broken"),
        new NoClassDefFoundError("gone"));
  }

  @ParameterizedTest
  @MethodSource("thrown")
  void servableThatThrows_givesAllBack(Throwable thrown) {
    servable().answerWith(request -> raise(thrown));
    Reason reason =
        thrown instanceof ServingException expected ? expected.reason() : Reason.INTERNAL_ERROR;
    assertThat(failure(infer(Requests.taking(INPUT))).reason()).isEqualTo(reason);
    assertAllIsGivenBack();
  }

  @Test
  void servableThatCannotTellItsSignature_givesTheLoanBack() {
    servable()
        .onSignature(
            () -> {
              throw new IllegalStateException("broken");
            });
    assertThat(failure(infer(Requests.taking(INPUT))).reason()).isEqualTo(Reason.INTERNAL_ERROR);
    servable().onSignature(() -> {});
    assertAllIsGivenBack();
  }

  @Test
  void errorBeforeTheModelRuns_givesTheLoanBack() {
    servable()
        .onSignature(
            () -> {
              throw new NoClassDefFoundError("gone");
            });
    assertThatThrownBy(() -> service.infer(Requests.taking(INPUT)))
        .isInstanceOf(NoClassDefFoundError.class);
    servable().onSignature(() -> {});
    assertAllIsGivenBack();
  }
}
