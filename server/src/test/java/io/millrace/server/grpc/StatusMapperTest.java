package io.millrace.server.grpc;

import static io.millrace.server.grpc.StatusDetails.detail;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every reason has the code of the contract, and details that help its caller. */
final class StatusMapperTest {
  /** The contract, written down a second time. */
  private static final Map<Code, List<Reason>> CONTRACT =
      Map.ofEntries(
          Map.entry(
              Code.INVALID_ARGUMENT,
              List.of(
                  Reason.REQUEST_MALFORMED,
                  Reason.TENSOR_SHAPE_MISMATCH,
                  Reason.TENSOR_DTYPE_MISMATCH,
                  Reason.TENSOR_SIZE_MISMATCH,
                  Reason.TENSOR_MISSING,
                  Reason.TENSOR_DUPLICATE,
                  Reason.PARAMETER_INVALID)),
          Map.entry(Code.NOT_FOUND, List.of(Reason.MODEL_NOT_FOUND, Reason.VERSION_NOT_FOUND)),
          Map.entry(
              Code.UNAVAILABLE,
              List.of(
                  Reason.MODEL_LOADING,
                  Reason.MODEL_QUEUE_FULL,
                  Reason.SERVER_OVERLOADED,
                  Reason.SERVER_STARTING,
                  Reason.SERVER_DRAINING)),
          Map.entry(Code.PERMISSION_DENIED, List.of(Reason.PERMISSION_DENIED)),
          Map.entry(
              Code.ABORTED,
              List.of(Reason.LABEL_MOVED, Reason.CONFIGURATION_WAITING, Reason.WATCHER_TOO_SLOW)),
          Map.entry(
              Code.FAILED_PRECONDITION,
              List.of(
                  Reason.MODEL_LOAD_FAILED,
                  Reason.MODEL_LOAD_TIMEOUT,
                  Reason.MODEL_SAMPLE_MISMATCH,
                  Reason.MODEL_QUARANTINED)),
          Map.entry(
              Code.RESOURCE_EXHAUSTED,
              List.of(
                  Reason.MESSAGE_TOO_LARGE,
                  Reason.TOO_MANY_TENSORS,
                  Reason.MEMORY_BUDGET_EXCEEDED)),
          Map.entry(
              Code.DEADLINE_EXCEEDED, List.of(Reason.DEADLINE_IN_QUEUE, Reason.DEADLINE_IN_ENGINE)),
          Map.entry(Code.CANCELLED, List.of(Reason.CALL_CANCELLED)),
          Map.entry(Code.UNIMPLEMENTED, List.of(Reason.UNSUPPORTED_OPERATION)),
          Map.entry(Code.INTERNAL, List.of(Reason.ENGINE_ERROR, Reason.INTERNAL_ERROR)));

  private final StatusMapper mapper = new StatusMapper(() -> 0xABC);

  private StatusMapper.Outcome map(Reason reason, Map<String, String> subject) {
    return mapper.map(
        new CallFailure(ServingException.refusal(reason, "inputs[0]", "the words"), subject));
  }

  @Test
  void theContract_coversEveryReason() {
    assertThat(CONTRACT.values().stream().flatMap(List::stream))
        .containsExactlyInAnyOrder(Reason.values());
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  void everyReason_hasTheCodeOfTheContractAndItsErrorInfo(Reason reason) {
    StatusMapper.Outcome outcome = map(reason, Map.of("model", "iris", "requestId", "7"));

    assertThat(CONTRACT.get(outcome.status().getCode())).contains(reason);
    assertThat(outcome.status().getDescription()).isEqualTo("the words");
    ErrorInfo info = detail(outcome, ErrorInfo.class).orElseThrow();
    assertThat(info.getReason()).isEqualTo(reason.name());
    assertThat(info.getDomain()).isEqualTo("millrace");
    assertThat(info.getMetadataMap())
        .containsEntry("model", "iris")
        .containsEntry("requestId", "7");
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  void eachCode_bringsTheDetailThatHelpsItsCaller(Reason reason) {
    StatusMapper.Outcome outcome = map(reason, Map.of("model", "iris", "version", "3"));
    Code code = outcome.status().getCode();

    assertThat(detail(outcome, BadRequest.class).isPresent())
        .isEqualTo(code == Code.INVALID_ARGUMENT);
    assertThat(detail(outcome, RetryInfo.class).isPresent()).isEqualTo(code == Code.UNAVAILABLE);
    assertThat(detail(outcome, ResourceInfo.class).isPresent()).isEqualTo(code == Code.NOT_FOUND);
    assertThat(detail(outcome, PreconditionFailure.class).isPresent())
        .isEqualTo(code == Code.FAILED_PRECONDITION);
    assertThat(outcome.isFailure()).isEqualTo(code == Code.INTERNAL);
  }

  @Test
  void aViolation_namesItsField() {
    BadRequest request =
        detail(map(Reason.TENSOR_SHAPE_MISMATCH, Map.of()), BadRequest.class).orElseThrow();

    assertThat(request.getFieldViolations(0).getField()).isEqualTo("inputs[0]");
    assertThat(request.getFieldViolations(0).getDescription()).isEqualTo("the words");
  }

  @Test
  void aMissingModelOrVersion_isNamed() {
    Map<String, String> subject = Map.of("model", "iris", "version", "9");

    assertThat(detail(map(Reason.MODEL_NOT_FOUND, subject), ResourceInfo.class))
        .hasValueSatisfying(i -> assertThat(i.getResourceName()).isEqualTo("iris"));
    assertThat(detail(map(Reason.VERSION_NOT_FOUND, subject), ResourceInfo.class))
        .hasValueSatisfying(i -> assertThat(i.getResourceName()).isEqualTo("iris/9"));
  }

  @Test
  void aModelOfWhichNothingServes_isNamedWithoutAVersion() {
    assertThat(detail(map(Reason.VERSION_NOT_FOUND, Map.of("model", "iris")), ResourceInfo.class))
        .hasValueSatisfying(
            resource -> {
              assertThat(resource.getResourceType()).isEqualTo("model");
              assertThat(resource.getResourceName()).isEqualTo("iris");
            });
  }

  @Test
  void anyOtherThrowable_becomesInternalWithAnIdAndNothingElse() {
    for (Throwable thrown :
        List.of(
            new IllegalStateException("/secret/path"),
            new OutOfMemoryError("heap"),
            new StatusRuntimeException(
                io.grpc.Status.NOT_FOUND.withDescription("/secret"), new Metadata()),
            new CompletionException(new IllegalArgumentException("io.millrace.Secret")))) {
      StatusMapper.Outcome outcome = mapper.map(thrown);

      assertThat(outcome.status().getCode()).isEqualTo(Code.INTERNAL);
      assertThat(outcome.status().getDescription())
          .isEqualTo("the server failed to answer; its log knows why by the errorId");
      assertThat(outcome.errorId()).matches("[0-9a-f]{16}");
      assertThat(detail(outcome, ErrorInfo.class).orElseThrow().getMetadataMap())
          .containsExactly(Map.entry("errorId", outcome.errorId()));
    }
  }

  @Test
  void aFailureInsideCompletionExceptions_isFound() {
    ServingException inner = ServingException.refusal(Reason.MODEL_QUEUE_FULL, "full");

    StatusMapper.Outcome outcome =
        mapper.map(
            new CallFailure(new CompletionException(new CompletionException(inner)), Map.of()));

    assertThat(outcome.status().getCode()).isEqualTo(Code.UNAVAILABLE);
    assertThat(StatusMapper.unwrap(new CompletionException(inner))).isSameAs(inner);
  }

  @Test
  void endlessTexts_areCutSoThatTheTrailersPassAnyClient() {
    for (String unit : List.of("a", "\u00e4", "\u6c34", "\uD83D\uDE00", "%")) {
      String text = unit.repeat(5_000);
      StatusMapper.Outcome outcome =
          mapper.map(
              new CallFailure(
                  ServingException.refusal(Reason.REQUEST_MALFORMED, text, text),
                  Map.of("model", text, "version", text, "requestId", text)));

      byte[] details =
          outcome
              .trailers()
              .get(Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER));
      assertThat(details).isNotNull().hasSizeLessThan(4_096);
      String message = outcome.status().getDescription();
      assertThat(message).endsWith("...").doesNotContain("\uFFFD");
      int encoded = message.getBytes(java.nio.charset.StandardCharsets.UTF_8).length * 3;
      assertThat(details.length * 4 / 3 + encoded).isLessThan(8_000);
      assertThat(detail(outcome, BadRequest.class)).isPresent();
    }
  }

  @Test
  void aCode_isNeverUnknown() {
    assertThat(Arrays.stream(Reason.values()).map(StatusMapper::codeOf))
        .doesNotContain(Code.UNKNOWN, Code.OK);
  }
}
