package io.millrace.server.grpc;

import io.millrace.server.model.ModelName;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionSelector;
import java.util.List;
import java.util.regex.Pattern;

/** The rules for the fields that requests have in common; each breach names the field. */
final class RequestFields {
  static final int MAX_TENSORS = 64;
  static final int MAX_PARAMETERS = 64;
  static final int MAX_ID_LENGTH = 1_024;

  private static final Pattern VERSION = Pattern.compile("[1-9][0-9]{0,17}");

  private RequestFields() {}

  static String modelName(String field, String name) {
    return checkedName(field, name);
  }

  /** A version given as a number; unset is not 0 in these messages, so 0 is refused too. */
  static VersionSelector version(String field, long version) {
    if (version < 1) {
      throw malformed(field, "a version is 1 or more, got " + version);
    }
    return new VersionSelector.ByNumber(version);
  }

  static VersionSelector label(String field, String label) {
    return new VersionSelector.ByLabel(checkedName(field, label));
  }

  /** Whether the text is the number of a version. */
  static boolean isVersion(String text) {
    return VERSION.matcher(text).matches();
  }

  /** A version given as text: empty for the latest; what is no number names no version. */
  static VersionSelector versionText(String model, String version) {
    if (version.isEmpty()) {
      return VersionSelector.LATEST;
    }
    if (!isVersion(version)) {
      throw ServingException.refusal(
          Reason.VERSION_NOT_FOUND,
          "model '%s' has no version %s; versions are the numbers from 1"
              .formatted(model, Quote.of(version)));
    }
    return new VersionSelector.ByNumber(Long.parseLong(version));
  }

  /** An id is at most {@link #MAX_ID_LENGTH} long, for it comes back in answers and errors. */
  static void checkId(String id) {
    if (id.length() > MAX_ID_LENGTH) {
      throw malformed(
          "id", "an id is at most %d characters, got %d".formatted(MAX_ID_LENGTH, id.length()));
    }
  }

  static void checkTensorCount(String field, int count) {
    if (count > MAX_TENSORS) {
      throw ServingException.refusal(
          Reason.TOO_MANY_TENSORS,
          field,
          "%s has %d entries, the limit is %d".formatted(field, count, MAX_TENSORS));
    }
  }

  static void checkParameterCount(String field, int count) {
    if (count > MAX_PARAMETERS) {
      throw ServingException.refusal(
          Reason.PARAMETER_INVALID,
          field,
          "%s has %d entries, the limit is %d".formatted(field, count, MAX_PARAMETERS));
    }
  }

  /**
   * Tensor names, of which there are at most {@link #MAX_TENSORS}, are not empty and none comes
   * twice.
   *
   * @param path of an entry's name, with a {@code %d} for its index
   */
  static void checkTensorNames(String path, List<String> names) {
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      if (name.isEmpty()) {
        throw malformed(path.formatted(i), "a tensor has no name");
      }
      // They are few, as their number was checked.
      if (names.indexOf(name) < i) {
        throw ServingException.refusal(
            Reason.TENSOR_DUPLICATE,
            path.formatted(i),
            "tensor %s is named twice".formatted(Quote.of(name)));
      }
    }
  }

  /** The name of a repository must be empty, as there is only one. */
  static void requireNoRepository(String name) {
    if (!name.isEmpty()) {
      throw ServingException.refusal(
          Reason.UNSUPPORTED_OPERATION,
          "repository_name",
          "the server has one repository; leave repository_name empty");
    }
  }

  static ServingException malformed(String field, String message) {
    return ServingException.refusal(Reason.REQUEST_MALFORMED, field, message);
  }

  private static String checkedName(String field, String name) {
    if (!ModelName.isValid(name)) {
      throw malformed(field, "%s is no name: %s".formatted(Quote.of(name), ModelName.RULE));
    }
    return name;
  }
}
