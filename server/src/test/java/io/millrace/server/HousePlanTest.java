package io.millrace.server;

import static com.tngtech.archunit.lang.conditions.ArchConditions.onlyDependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.opentelemetry.api.OpenTelemetry;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Holds the rooms of the server to the plan: what each may import, what each shows, no import
 * upwards and no cycle. The plan is the table at the top; CONTRIBUTING.md explains it.
 *
 * <p>When this fails, first ask whether the class is in the right room. If the plan itself has to
 * change, change the table here and say why in server/RATIONALE.md, in the same commit.
 */
final class HousePlanTest {
  private static final String BASE = "io.millrace.server";
  private static final String SEE =
      "the plan says so: see PLAN in HousePlanTest and CONTRIBUTING.md";

  /** Annotations, logging and the JDK: not worth a line in each row. */
  private static final List<String> EVERYWHERE =
      List.of(
          "java..",
          "javax..",
          "org.slf4j..",
          "org.jspecify.annotations",
          "com.google.errorprone.annotations..");

  private static final List<String> WIRE =
      List.of(
          "io.grpc..",
          "io.netty..",
          "com.google.api..",
          "com.google.protobuf..",
          "com.google.rpc..",
          "io.millrace.v1",
          "io.millrace.openinference",
          "io.millrace.tensorflow..");

  /**
   * What a room may see of OpenTelemetry, in a class of its own: see
   * telemetrysApi_isSeenByOneClass.
   */
  private static final List<String> TRACES_AND_METRICS =
      List.of("io.opentelemetry.api..", "io.opentelemetry.context..");

  /** One row for each room, lowest level first. */
  static final List<Room> PLAN =
      List.of(
          room(0, "model").showsEverything(),
          room(0, "config")
              .libraries("org.snakeyaml.engine..")
              .shows(
                  "ConfigException",
                  "ConfigProblems",
                  "ConfigReader",
                  "DataSize",
                  "Problem",
                  "ValueRule",
                  "YamlMapping",
                  "YamlValue"),
          room(1, "telemetry")
              .rooms("config")
              .libraries(
                  "io.opentelemetry..",
                  "io.prometheus..",
                  "com.sun.net.httpserver..",
                  "com.sun.management..")
              .shows("Telemetry", "TelemetryOptions"),
          room(1, "security").rooms("model", "config").shows("Authorizer", "SecurityOptions"),
          room(1, "repository")
              .rooms("model", "config")
              .libraries("com.fasterxml.jackson.core..")
              .shows(
                  "ModelPush",
                  "RepositoryOptions",
                  "RepositoryReport",
                  "RepositoryWatcher",
                  "SampleFolder",
                  "VerifiedLoader",
                  "VersionPackager"),
          room(1, "engine")
              .rooms("model")
              .shows(
                  "Engine",
                  "EngineRegistry",
                  "EngineSettings",
                  "EngineText",
                  "InputBuffer",
                  "LoadedModel",
                  "ModelInstance",
                  "RunInput"),
          room(1, "engine.djl")
              .rooms("engine", "model", "config")
              .libraries("ai.djl..")
              .showsOneType(),
          room(1, "engine.onnx")
              .rooms("engine", "model", "config")
              .libraries("ai.djl..", "ai.onnxruntime..")
              .showsOneType(),
          room(1, "lifecycle")
              .rooms("model", "config")
              .libraries(TRACES_AND_METRICS)
              .libraries("com.sun.management..")
              .shows(
                  "Configuration",
                  "LifecycleOptions",
                  "LoadFailures",
                  "ModelAdmin",
                  "ModelChange",
                  "ModelControl",
                  "ModelFeed",
                  "ModelManager",
                  "ModelStatus",
                  "ServableHandle",
                  "VersionListener",
                  "VersionState",
                  "VersionStatus"),
          room(1, "image").rooms("model").shows("ImageDecoder", "Decoding"),
          room(2, "batching")
              .rooms("model", "engine", "config")
              .shows("BatchingServableLoader", "BatchingOptions"),
          room(2, "canary")
              .rooms("model", "config")
              .shows(
                  "CanaryLoader",
                  "CanaryOptions",
                  "CanaryScope",
                  "ProcessMemory",
                  "TrialCommand",
                  "TrialHost"),
          room(2, "inference")
              .rooms("model", "lifecycle", "config", "security")
              .libraries(TRACES_AND_METRICS)
              .shows(
                  "AnswerRoom",
                  "Classification",
                  "ExampleRows",
                  "ExampleTask",
                  "InferenceOptions",
                  "InferenceService",
                  "Regression",
                  "RequestValidator",
                  "TopClasses"),
          room(3, "grpc")
              .rooms("model", "inference", "lifecycle", "security", "config")
              .libraries(WIRE)
              .libraries(TRACES_AND_METRICS)
              .shows("GrpcServer", "GrpcOptions"),
          room(3, "rest")
              .rooms("model", "image", "inference", "lifecycle", "config")
              .libraries(WIRE)
              .libraries("com.fasterxml.jackson.core..")
              .shows("RestGrpcService", "SampleReader"),
          room(3, "bench")
              .rooms("model", "config")
              .libraries(WIRE)
              .libraries("com.fasterxml.jackson.core..", "org.HdrHistogram")
              .shows(
                  "Arrivals",
                  "Bench",
                  "BenchOptions",
                  "BenchPlan",
                  "BytesMarshaller",
                  "ClosedLoop",
                  "Inputs",
                  "Limit",
                  "Load",
                  "LoadResult",
                  "LoadTest",
                  "ModelChoice",
                  "OpenLoop",
                  "Protocol",
                  "Target"),
          room(4, "app")
              .rooms(
                  "model",
                  "config",
                  "telemetry",
                  "security",
                  "repository",
                  "engine",
                  "engine.djl",
                  "engine.onnx",
                  "lifecycle",
                  "batching",
                  "canary",
                  "inference",
                  "grpc",
                  "rest",
                  "bench")
              .libraries(WIRE)
              .libraries("picocli..", "ch.qos.logback..", "io.opentelemetry.api")
              .shows("LogDefaults", "Main"));

  private static final JavaClasses HOUSE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(BASE);

  @ParameterizedTest
  @FieldSource("PLAN")
  void room_importsOnlyWhatThePlanAllows(Room room) {
    classes()
        .that()
        .resideInAPackage(room.packageName())
        .should(onlyDependOnClassesThat(resideIn(room.mayImport())))
        .as("Room '" + room.name() + "' imports only " + room.mayImport())
        .because(SEE)
        .allowEmptyShould(true)
        .check(HOUSE);
  }

  @ParameterizedTest
  @FieldSource("PLAN")
  void room_showsOnlyWhatThePlanNames(Room room) {
    List<String> shown =
        HOUSE.stream()
            .filter(type -> type.getPackageName().equals(room.packageName()))
            .filter(type -> type.isTopLevelClass() && !isPackageInfo(type))
            .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
            .map(JavaClass::getSimpleName)
            .sorted()
            .toList();

    assertThat(shown)
        .as("public types of room '%s' (make the others package-private); %s", room.name(), SEE)
        .matches(room.face()::allows, room.face().description());
  }

  @ParameterizedTest
  @FieldSource("PLAN")
  void plan_looksOnlyDownwards(Room room) {
    Map<String, Room> rooms =
        PLAN.stream().collect(Collectors.toMap(Room::name, Function.identity()));

    assertThat(room.rooms())
        .as("rooms that '%s' may import, none of them on a higher level", room.name())
        .allSatisfy(lower -> assertThat(rooms.get(lower).level()).isLessThanOrEqualTo(room.level()))
        .doesNotContain("app");
  }

  @Test
  void everyClass_isInARoomOfThePlan() {
    String[] rooms = PLAN.stream().map(Room::packageName).toArray(String[]::new);

    classes()
        .should()
        .resideInAnyPackage(rooms)
        .as("Every class lives in a room of the plan")
        .because("a new room says in server/RATIONALE.md which decision it hides; " + SEE)
        .check(HOUSE);
  }

  @Test
  void rooms_haveNoCycle() {
    slices()
        .matching(BASE + ".(**)")
        .namingSlices("room '$1'")
        .should()
        .beFreeOfCycles()
        .because("rooms in a cycle are one room; turn the dependency round with an interface below")
        .check(HOUSE);
  }

  @Test
  void telemetrysSdk_isSeenByTelemetryAlone() {
    onlyFrom(
            Set.of("telemetry"),
            "io.opentelemetry.sdk..",
            "io.opentelemetry.exporter..",
            "io.opentelemetry.instrumentation..")
        .check(HOUSE);
  }

  /** All may pass {@code OpenTelemetry} on; what it is used for stays in one place of a room. */
  @Test
  void telemetrysApi_isSeenByOneClass() {
    noClasses()
        .that()
        .resideOutsideOfPackage(BASE + ".telemetry")
        .and()
        .haveNameNotMatching(".*\\.\\w+(Tracing|Metrics)(\\$\\w+)?")
        .should()
        .dependOnClassesThat(
            JavaClass.Predicates.resideInAPackage("io.opentelemetry..")
                .and(
                    DescribedPredicate.not(JavaClass.Predicates.equivalentTo(OpenTelemetry.class))))
        .because(SEE)
        .check(HOUSE);
  }

  @Test
  void enginesLibraries_areSeenByEnginesAlone() {
    onlyFrom(Set.of("engine.djl", "engine.onnx"), "ai.djl..", "ai.onnxruntime..").check(HOUSE);
  }

  @Test
  void wireTypes_areSeenByDoorsAndTheLoadClientAlone() {
    onlyFrom(Set.of("grpc", "rest", "bench", "app"), WIRE.toArray(String[]::new)).check(HOUSE);
  }

  @Test
  void classNames_sayWhatTheClassDoes() {
    noClasses()
        .that()
        .doNotHaveSimpleName("ModelManager")
        .should()
        .haveNameMatching(".*(Util|Utils|Helper|Impl|Manager)")
        .as("No class is named Util, Helper, Impl or Manager (but ModelManager)")
        .because("such a name hides what the class does; CONTRIBUTING.md, 'Style'")
        .check(HOUSE);
  }

  @Test
  void everyPackage_isNullMarked() {
    Set<String> unmarked =
        HOUSE.stream()
            .map(JavaClass::getPackage)
            .filter(room -> !room.isAnnotatedWith(NullMarked.class))
            .map(JavaPackage::getName)
            .collect(Collectors.toSet());

    assertThat(unmarked).as("packages without a package-info.java that is @NullMarked").isEmpty();
  }

  private static ArchRule onlyFrom(Set<String> rooms, String... libraries) {
    String[] packages = rooms.stream().map(name -> BASE + "." + name).toArray(String[]::new);
    return noClasses()
        .that()
        .resideOutsideOfPackages(packages)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(libraries)
        .as("Only the rooms " + rooms + " see " + Arrays.toString(libraries))
        .because(SEE)
        .allowEmptyShould(true);
  }

  private static DescribedPredicate<JavaClass> resideIn(List<String> packages) {
    return JavaClass.Predicates.resideInAnyPackage(packages.toArray(String[]::new));
  }

  private static boolean isPackageInfo(JavaClass type) {
    return type.getSimpleName().equals("package-info");
  }

  private static Room room(int level, String name) {
    return new Room(level, name, List.of(), List.of(), Face.of());
  }

  /** A row of the plan. */
  record Room(int level, String name, List<String> rooms, List<String> libraries, Face face) {
    Room rooms(String... names) {
      return new Room(level, name, List.of(names), libraries, face);
    }

    Room libraries(String... packages) {
      return libraries(List.of(packages));
    }

    Room libraries(List<String> packages) {
      return new Room(level, name, rooms, concat(libraries, packages), face);
    }

    Room shows(String... types) {
      return new Room(level, name, rooms, libraries, Face.of(types));
    }

    Room showsOneType() {
      return new Room(level, name, rooms, libraries, Face.ofOneType());
    }

    Room showsEverything() {
      return new Room(level, name, rooms, libraries, Face.ofEverything());
    }

    String packageName() {
      return BASE + "." + name;
    }

    List<String> mayImport() {
      List<String> seen =
          Stream.concat(Stream.of(name), rooms.stream()).map(room -> BASE + "." + room).toList();
      return concat(seen, concat(libraries, EVERYWHERE));
    }

    private static List<String> concat(List<String> first, List<String> second) {
      return Stream.concat(first.stream(), second.stream()).toList();
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** Which public top-level types a room may have. */
  record Face(String description, Set<String> names, int most) {
    static Face of(String... names) {
      return new Face("none but " + List.of(names), Set.of(names), names.length);
    }

    static Face ofOneType() {
      return new Face("one type at most", Set.of(), 1);
    }

    static Face ofEverything() {
      return new Face("any", Set.of(), Integer.MAX_VALUE);
    }

    boolean allows(List<? extends String> shown) {
      return shown.size() <= most && (names.isEmpty() || names.containsAll(shown));
    }
  }
}
