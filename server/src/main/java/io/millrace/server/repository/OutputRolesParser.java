package io.millrace.server.repository;

import io.millrace.server.config.YamlMapping;
import io.millrace.server.model.OutputRoles;
import java.util.Optional;

/** Reads {@code classify} and {@code regress} of a {@code config.yaml}. */
final class OutputRolesParser {
  private OutputRolesParser() {}

  static OutputRoles parse(YamlMapping root) {
    Optional<YamlMapping> classify = mapping(root, "classify", "scores");
    Optional<YamlMapping> regress = mapping(root, "regress", "value");
    OutputRoles roles =
        new OutputRoles(
            required(classify, "scores"),
            classify.flatMap(keys -> keys.value("classes", TensorSpecParser.NAME)).orElse(""),
            required(regress, "value"));
    classify.ifPresent(YamlMapping::refuseUnknownKeys);
    regress.ifPresent(YamlMapping::refuseUnknownKeys);
    return roles;
  }

  private static Optional<YamlMapping> mapping(YamlMapping root, String key, String required) {
    String allowed = "a mapping such as {%s: NAME}, with the name of an output".formatted(required);
    return root.get(key).flatMap(value -> value.asMapping(allowed));
  }

  private static String required(Optional<YamlMapping> mapping, String key) {
    return mapping.flatMap(keys -> keys.required(key, TensorSpecParser.NAME)).orElse("");
  }
}
