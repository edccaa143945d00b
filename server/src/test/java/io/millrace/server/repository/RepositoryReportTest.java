package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.Problem;
import io.millrace.server.repository.RepositoryReport.ModelReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RepositoryReportTest {
  @TempDir private Path root;

  @Test
  void cleanRepository_isDescribed() {
    TestRepository files = new TestRepository(root);
    files.write("iris/1/model.onnx", "a");
    files.write("iris/2/model.pt", "b");
    files.write("iris/config.yaml", "version_policy: all\nlabels: {stable: 1}\n");
    files.write("wine/1/model.onnx", "c");

    RepositoryReport report = report(root);

    assertThat(report.problems()).isEmpty();
    assertThat(report.models()).flatMap(ModelReport::problems).isEmpty();
    assertThat(report.models()).map(ModelReport::model).containsExactly("iris", "wine");
    ModelReport iris = report.models().get(0);
    assertThat(iris.versionPolicy()).isEqualTo("all");
    assertThat(iris.wish().candidates()).hasSize(2);
    assertThat(iris.wish().labels()).isEqualTo(Map.of("stable", 1L));
  }

  @Test
  void everyProblem_isListedWhereItBelongs() {
    TestRepository files = new TestRepository(root);
    files.write("bad name/1/model.onnx", "");
    files.folder("empty");
    files.write("iris/v1/model.onnx", "");
    files.folder("iris/2");
    files.write("wine/1/model.onnx", "");
    files.write("wine/config.yaml", "instances: two");

    RepositoryReport report = report(root);

    assertThat(report.problems())
        .map(Problem::fault)
        .containsExactly("the folder 'bad name' is not a model");
    assertThat(report.models())
        .flatMap(ModelReport::problems)
        .map(Problem::toString)
        .containsExactly(
            "empty: holds no version; put the model into empty/1/",
            "iris: the folder 'v1' is not a version; name it by a whole number of 1 to 18 digits"
                + " without leading zeros, or begin its name with a dot",
            "iris/2: holds neither model.onnx nor model.pt; put the model there by that name",
            "wine/config.yaml:1: instances is 'two'; allowed: a whole number from 1 to 64, or a mapping such as {count: 2}");
    assertThat(report.models().get(2).wish().broken()).hasSize(1);
  }

  @Test
  void labelsBesideTheVersionsThatCannotBeRead_areAProblem() {
    TestRepository files = new TestRepository(root);
    files.write("iris/1/model.onnx", "a");
    files.write("iris/labels.txt", "a\0b");
    files.write("wine/1/model.onnx", "a");
    files.write("wine/labels.txt", "red\nwhite\n");

    assertThat(report(root).models())
        .flatMap(ModelReport::problems)
        .map(Problem::place)
        .containsExactly("iris/labels.txt:1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          max_queue_size: 8, max_batch_size: 32  | 1
          max_queue_size: 31, max_batch_size: 32 | 1
          max_queue_size: 32, max_batch_size: 32 | 0
          max_queue_size: 8                      | 0
          max_batch_size: 32                     | 0
          """)
  void queueThatIsFullBeforeABatch_isAHint(String batching, int hints) {
    TestRepository files = new TestRepository(root);
    files.write("iris/1/model.onnx", "a");
    files.write("iris/config.yaml", "batching: {%s}\n".formatted(batching));

    ModelReport iris = report(root).models().get(0);

    assertThat(iris.wish().candidates()).hasSize(1);
    assertThat(iris.problems()).hasSize(hints);
  }

  @Test
  void queueThatIsFullBeforeABatch_isToldWithBothNumbersAndWhatToDo() {
    TestRepository files = new TestRepository(root);
    files.write("iris/1/model.onnx", "a");
    files.write("iris/config.yaml", "batching: {max_queue_size: 8, max_batch_size: 32}\n");

    assertThat(report(root).models().get(0).problems())
        .map(Problem::toString)
        .containsExactly(
            "iris/config.yaml: batching.max_queue_size is 8 calls, and batching.max_batch_size is"
                + " 32 rows, which calls of one row then never fill; set max_queue_size to 32 or"
                + " more, or max_batch_size to 8 or less");
  }

  @Test
  void folderOfOneModel_isToldFromARepository() {
    TestRepository files = new TestRepository(root);
    files.write("iris/1/model.onnx", "a");
    files.write("iris/2/notes.txt", "b");
    files.write("iris/config.yaml", "version_policy: all\n");

    RepositoryReport report = report(root.resolve("iris"));

    assertThat(report.models()).isEmpty();
    assertThat(report.problems())
        .map(Problem::toString)
        .containsExactly(
            "repository '%s': looks like the folder of one model, since its folders are versions;"
                    .formatted(root.resolve("iris"))
                + " give its parent: '%s'".formatted(root));
  }

  @Test
  void modelsThatAreNamedByNumbers_areModels() {
    TestRepository files = new TestRepository(root);
    files.write("7/1/model.onnx", "a");
    files.write("8/model.onnx", "b");

    assertThat(report(root).models()).map(ModelReport::model).containsExactly("7", "8");
  }

  @Test
  void repositoryThatIsNotThere_isTheOnlyProblem() {
    RepositoryReport report = report(root.resolve("absent"));

    assertThat(report.models()).isEmpty();
    assertThat(report.problems()).map(Problem::fault).containsExactly("does not exist");
  }

  private static RepositoryReport report(Path path) {
    return RepositoryReport.of(new RepositoryOptions(path, Duration.ofSeconds(1), true));
  }
}
