package io.millrace.server.repository;

import io.millrace.server.config.ValueRule;
import io.millrace.server.config.YamlMapping;
import io.millrace.server.config.YamlValue;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Shape;
import io.millrace.server.model.TensorSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads the declared inputs or outputs of a {@code config.yaml}. */
final class TensorSpecParser {
  private static final String TENSORS =
      "a list of tensors such as {name: x, dtype: FP32, shape: [-1, 4]}";
  private static final String TENSOR = "a tensor such as {name: x, dtype: FP32, shape: [-1, 4]}";
  private static final String SHAPE =
      "a list of up to " + Shape.MAX_RANK + " sizes such as [-1, 4] or [batch, 4]";
  private static final int MAX_NAME = 256;
  private static final Pattern DIMENSION_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,127}");

  static final ValueRule<String> NAME =
      ValueRule.text("a text of 1 to 256 characters without line breaks", TensorSpecParser::isName);
  private static final ValueRule<DataType> DTYPE = ValueRule.oneOf(dataTypes());
  private static final ValueRule<Dimension> DIMENSION =
      ValueRule.whole("-1 for any size, a size from 1 to 2147483647", TensorSpecParser::isSize)
          .map(size -> new Dimension(size, ""))
          .or(
              ValueRule.text("a name such as batch", DIMENSION_NAME.asMatchPredicate())
                  .map(name -> new Dimension(Shape.ANY, name)));

  private TensorSpecParser() {}

  /** One dimension: a size, or any size with or without a name. */
  private record Dimension(long size, String name) {}

  static List<TensorSpec> parse(YamlValue value) {
    List<TensorSpec> specs = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (YamlValue element : elements(value)) {
      element
          .asMapping(TENSOR)
          .flatMap(TensorSpecParser::tensor)
          .ifPresent(
              spec -> {
                specs.add(spec);
                if (!names.add(spec.name())) {
                  String fault = "the tensor " + Quote.of(spec.name()) + " is given twice";
                  element.problem(fault, "give each one another name");
                }
              });
    }
    return specs;
  }

  private static List<YamlValue> elements(YamlValue value) {
    Optional<List<YamlValue>> elements = value.asList(TENSORS);
    if (elements.isPresent() && elements.get().isEmpty()) {
      value.problem(value.path() + " is an empty list", "allowed: " + TENSORS);
    }
    return elements.orElse(List.of());
  }

  private static Optional<TensorSpec> tensor(YamlMapping mapping) {
    Optional<String> name = mapping.required("name", NAME);
    Optional<DataType> dtype = mapping.required("dtype", DTYPE);
    Optional<List<Dimension>> shape = mapping.require("shape", SHAPE).map(TensorSpecParser::shape);
    mapping.refuseUnknownKeys();
    if (name.isEmpty() || dtype.isEmpty() || shape.isEmpty()) {
      return Optional.empty();
    }
    long[] sizes = shape.get().stream().mapToLong(Dimension::size).toArray();
    List<String> dimensionNames = shape.get().stream().map(Dimension::name).toList();
    return Optional.of(new TensorSpec(name.get(), dtype.get(), Shape.of(sizes), dimensionNames));
  }

  private static List<Dimension> shape(YamlValue value) {
    List<YamlValue> elements = value.asList(SHAPE).orElse(List.of());
    if (elements.size() > Shape.MAX_RANK) {
      value.problem(
          "%s is a list of %d".formatted(value.path(), elements.size()), "allowed: " + SHAPE);
      return List.of();
    }
    return elements.stream().flatMap(element -> element.as(DIMENSION).stream()).toList();
  }

  private static boolean isSize(long size) {
    return size == Shape.ANY || (size >= 1 && size <= Integer.MAX_VALUE);
  }

  private static boolean isName(String text) {
    return !text.isBlank()
        && text.length() <= MAX_NAME
        && text.chars().noneMatch(Character::isISOControl);
  }

  private static Map<String, DataType> dataTypes() {
    Map<String, DataType> types = new LinkedHashMap<>();
    for (DataType type : DataType.values()) {
      types.put(type.name(), type);
    }
    return types;
  }
}
