package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.MethodOptions;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.ExtensionRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The descriptor set that Envoy gets, and what its two files must say because of it. */
final class HttpRulesTest {
  private static final Path SET = Path.of("../proto/target/envoy/millrace.pb");
  private static final Pattern VARIABLE = Pattern.compile("\\{([^}=]+)(=[^}]*)?}");

  private static FileDescriptorSet descriptors() throws IOException {
    ExtensionRegistry extensions = ExtensionRegistry.newInstance();
    AnnotationsProto.registerAllExtensions(extensions);
    try (InputStream in = Files.newInputStream(SET)) {
      return FileDescriptorSet.parseFrom(in, extensions);
    }
  }

  /** Shapes such as {@code GET /v1/models/{}} that several rules have, with the methods. */
  private static Map<String, List<String>> collisions(FileDescriptorSet set) {
    Map<String, List<String>> byShape = new TreeMap<>();
    for (Rule rule : rules(set)) {
      byShape.computeIfAbsent(rule.shape(), shape -> new ArrayList<>()).add(rule.method());
    }
    byShape.values().removeIf(methods -> methods.size() == 1);
    return byShape;
  }

  private record Rule(String method, String verb, String path) {
    String shape() {
      return verb + " " + VARIABLE.matcher(path).replaceAll("{}");
    }

    Stream<String> variables() {
      return VARIABLE.matcher(path).results().map(result -> result.group(1));
    }
  }

  private static List<Rule> rules(FileDescriptorSet set) {
    List<Rule> rules = new ArrayList<>();
    for (FileDescriptorProto file : set.getFileList()) {
      for (ServiceDescriptorProto service : file.getServiceList()) {
        for (MethodDescriptorProto method : service.getMethodList()) {
          String name = file.getPackage() + "." + service.getName() + "/" + method.getName();
          HttpRule first = method.getOptions().getExtension(AnnotationsProto.http);
          Stream.concat(Stream.of(first), first.getAdditionalBindingsList().stream())
              .filter(rule -> rule.getPatternCase() != HttpRule.PatternCase.PATTERN_NOT_SET)
              .forEach(rule -> rules.add(rule(name, rule)));
        }
      }
    }
    return rules;
  }

  private static Rule rule(String method, HttpRule rule) {
    String path =
        switch (rule.getPatternCase()) {
          case GET -> rule.getGet();
          case PUT -> rule.getPut();
          case POST -> rule.getPost();
          case DELETE -> rule.getDelete();
          case PATCH -> rule.getPatch();
          case CUSTOM -> rule.getCustom().getPath();
          case PATTERN_NOT_SET -> throw new IllegalArgumentException(method + " has no path");
        };
    return new Rule(method, rule.getPatternCase().name(), path);
  }

  @Test
  void noTwoRules_haveTheSameShape() throws IOException {
    assertThat(rules(descriptors())).hasSizeGreaterThan(15);
    assertThat(collisions(descriptors())).as("Envoy would drop both without a word").isEmpty();
  }

  @Test
  void aPlantedDuplicate_isFound() throws IOException {
    HttpRule duplicate = HttpRule.newBuilder().setGet("/v1/models/{other_name}").build();
    MethodDescriptorProto method =
        MethodDescriptorProto.newBuilder()
            .setName("Duplicate")
            .setOptions(MethodOptions.newBuilder().setExtension(AnnotationsProto.http, duplicate))
            .build();
    FileDescriptorSet planted =
        descriptors().toBuilder()
            .addFile(
                FileDescriptorProto.newBuilder()
                    .setPackage("planted")
                    .addService(
                        ServiceDescriptorProto.newBuilder().setName("Planted").addMethod(method)))
            .build();

    assertThat(collisions(planted))
        .containsOnlyKeys("GET /v1/models/{}")
        .containsValue(
            List.of("millrace.v1.ModelService/GetModelStatus", "planted.Planted/Duplicate"));
  }

  @Test
  void statusInTheSet_isOurs_andTheDetailsAreThere() throws IOException {
    assertThat(messages("google/rpc/status.proto").toList())
        .flatExtracting(DescriptorProto::getFieldList)
        .extracting(field -> field.getNumber() + field.getName())
        .containsExactly("1code", "2error", "3details");
    assertThat(messages("google/rpc/error_details.proto").map(DescriptorProto::getName))
        .contains("ErrorInfo", "BadRequest", "RetryInfo");
  }

  private static Stream<DescriptorProto> messages(String file) throws IOException {
    return descriptors().getFileList().stream()
        .filter(candidate -> candidate.getName().equals(file))
        .flatMap(found -> found.getMessageTypeList().stream());
  }

  @ParameterizedTest
  @ValueSource(strings = {"envoy.yaml", "several.yaml"})
  void bothFiles_nameEachServiceWithRules(String file) throws IOException {
    String text = Files.readString(Path.of("../envoy").resolve(file));

    assertThat(rules(descriptors()))
        .allSatisfy(
            rule ->
                assertThat(listed(text, "services"))
                    .contains(rule.method().substring(0, rule.method().indexOf('/'))));
  }

  /** Else a query could override what the path says; Envoy reads both spellings. */
  @ParameterizedTest
  @ValueSource(strings = {"envoy.yaml", "several.yaml"})
  void bothFiles_ignoreEachPathVariableAsAQuery(String file) throws IOException {
    String text = Files.readString(Path.of("../envoy").resolve(file));
    List<String> variables = rules(descriptors()).stream().flatMap(Rule::variables).toList();

    assertThat(variables).contains("model_spec.name", "version_label");
    assertThat(listed(text, "ignored_query_parameters"))
        .containsAll(variables)
        .containsAll(variables.stream().map(HttpRulesTest::camelCase).toList());
  }

  private static String camelCase(String name) {
    return Pattern.compile("_([a-z])")
        .matcher(name)
        .replaceAll(m -> m.group(1).toUpperCase(java.util.Locale.ROOT));
  }

  private static List<String> listed(String file, String key) {
    Matcher list = Pattern.compile(key + ": (?:&\\w+ )?\\[ (.*) ]").matcher(file);
    assertThat(list.find()).isTrue();
    return List.of(list.group(1).split(", "));
  }
}
