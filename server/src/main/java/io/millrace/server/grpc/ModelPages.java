package io.millrace.server.grpc;

import io.millrace.server.lifecycle.ModelStatus;
import io.millrace.server.model.ModelName;
import io.millrace.v1.ListModelsRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;

/**
 * Cuts the list of models into pages by name, so that models that come or go between two pages
 * neither hide others nor show them twice.
 */
final class ModelPages {
  /** A page of an explicit size has at most so many models. */
  static final int MAX_PAGE = 1_000;

  private ModelPages() {}

  /**
   * One page.
   *
   * @param nextToken what asks for the next page; empty on the last
   */
  record Page(List<ModelStatus> models, String nextToken) {}

  static Page page(List<ModelStatus> models, ListModelsRequest request) {
    if (request.getPageSize() < 0) {
      throw RequestFields.malformed(
          "page_size", "page_size is 0 or more, got " + request.getPageSize());
    }
    String after = decode(request.getPageToken());
    List<ModelStatus> rest =
        models.stream()
            .filter(model -> model.model().compareTo(after) > 0)
            .sorted(Comparator.comparing(ModelStatus::model))
            .toList();
    int size = Math.min(request.getPageSize(), MAX_PAGE);
    if (size == 0 || rest.size() <= size) {
      return new Page(rest, "");
    }
    return new Page(rest.subList(0, size), encode(rest.get(size - 1).model()));
  }

  private static String encode(String name) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(name.getBytes(StandardCharsets.US_ASCII));
  }

  /** The name after which the page begins; the empty token begins before all names. */
  private static String decode(String token) {
    if (token.isEmpty()) {
      return "";
    }
    try {
      byte[] name = Base64.getUrlDecoder().decode(token);
      String after = new String(name, StandardCharsets.US_ASCII);
      if (ModelName.isValid(after)) {
        return after;
      }
    } catch (IllegalArgumentException e) {
      // Said below, as for a token that decodes to no name.
    }
    throw RequestFields.malformed("page_token", "page_token is not one that this server gave");
  }
}
