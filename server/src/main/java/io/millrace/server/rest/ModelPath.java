package io.millrace.server.rest;

import io.millrace.server.model.ModelName;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionSelector;
import io.millrace.v1.HttpModelRequest;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The model and version that a path names, checked. */
record ModelPath(String model, VersionSelector selector) {
  private static final Pattern VERSION = Pattern.compile("[1-9][0-9]{0,17}");

  /**
   * @throws ServingException if a name breaks the rule for names, or the version is no number
   */
  static ModelPath of(HttpModelRequest request) {
    String model = checkedName("model", request.getModel());
    return new ModelPath(model, selector(model, request));
  }

  private static VersionSelector selector(String model, HttpModelRequest request) {
    return switch (request.getVersionChoiceCase()) {
      case VERSION -> number(model, request.getVersion());
      case LABEL -> new VersionSelector.ByLabel(checkedName("label", request.getLabel()));
      case VERSIONCHOICE_NOT_SET -> VersionSelector.LATEST;
    };
  }

  private static VersionSelector number(String model, String version) {
    if (!VERSION.matcher(version).matches()) {
      throw ServingException.refusal(
          Reason.VERSION_NOT_FOUND,
          "model '%s' has no version %s; versions are the numbers from 1"
              .formatted(model, Quote.of(version)));
    }
    return new VersionSelector.ByNumber(Long.parseLong(version));
  }

  private static String checkedName(String field, String name) {
    if (!ModelName.isValid(name)) {
      throw Refusals.malformed(
          field, "%s is no name: %s".formatted(Quote.of(name), ModelName.RULE));
    }
    return name;
  }

  /** What an error of the call is about: what the path says, except a model that cannot be one. */
  static Map<String, String> subject(HttpModelRequest request) {
    Map<String, String> subject = new HashMap<>();
    if (ModelName.isValid(request.getModel())) {
      subject.put("model", request.getModel());
    }
    String version =
        switch (request.getVersionChoiceCase()) {
          case VERSION -> request.getVersion();
          case LABEL -> request.getLabel();
          case VERSIONCHOICE_NOT_SET -> "";
        };
    if (!version.isEmpty()) {
      subject.put("version", version);
    }
    return subject;
  }
}
