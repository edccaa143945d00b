package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.lifecycle.ModelStatus;
import io.millrace.server.model.Reason;
import io.millrace.server.model.VersionPolicy;
import io.millrace.v1.ListModelsRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelPagesTest {
  private static List<ModelStatus> models(String... names) {
    return Stream.of(names)
        .map(name -> new ModelStatus(name, List.of(), Map.of(), new VersionPolicy.All()))
        .toList();
  }

  private static ListModelsRequest request(int size, String token) {
    return ListModelsRequest.newBuilder().setPageSize(size).setPageToken(token).build();
  }

  private static List<String> names(ModelPages.Page page) {
    return page.models().stream().map(ModelStatus::model).toList();
  }

  @Test
  void noSize_givesAllByName() {
    ModelPages.Page page = ModelPages.page(models("c", "a", "b"), request(0, ""));

    assertThat(names(page)).containsExactly("a", "b", "c");
    assertThat(page.nextToken()).isEmpty();
  }

  @Test
  void pages_followEachOtherAlsoWhenModelsComeAndGoBetween() {
    ModelPages.Page first = ModelPages.page(models("a", "b", "c", "d"), request(2, ""));
    ModelPages.Page second =
        ModelPages.page(models("a", "aa", "c", "d"), request(2, first.nextToken()));

    assertThat(names(first)).containsExactly("a", "b");
    assertThat(names(second)).containsExactly("c", "d");
    assertThat(second.nextToken()).isEmpty();
  }

  @Test
  void aHugePage_isCut() {
    List<ModelStatus> many = new ArrayList<>();
    IntStream.range(0, ModelPages.MAX_PAGE + 1)
        .forEach(i -> many.addAll(models("m%05d".formatted(i))));

    ModelPages.Page page = ModelPages.page(many, request(Integer.MAX_VALUE, ""));

    assertThat(page.models()).hasSize(ModelPages.MAX_PAGE);
    assertThat(page.nextToken()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"!", "Li4vLi4", "AAAA", "a", "=", "YWJj\n"})
  void aTokenThatWeNeverGave_isRefused(String token) {
    Refusals.assertRefused(
        () -> ModelPages.page(models("a"), request(1, token)),
        Reason.REQUEST_MALFORMED,
        "page_token",
        "not one that this server gave");
  }

  @Test
  void aNegativeSize_isRefused() {
    Refusals.assertRefused(
        () -> ModelPages.page(models("a"), request(-1, "")),
        Reason.REQUEST_MALFORMED,
        "page_size",
        "got -1");
  }
}
