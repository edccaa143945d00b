package io.millrace.server.repository;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.ConfigProblems;
import io.millrace.server.config.Problem;
import io.millrace.server.model.LabelLimit;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with a config.yaml is told with its line, and with what is allowed there. */
final class ModelConfigProblemsTest {
  private static final String FILE = "iris/config.yaml";
  private static final String TWICE_THE_CORES =
      Integer.toString(2 * Runtime.getRuntime().availableProcessors());

  private final ConfigProblems problems = new ConfigProblems();

  private ModelSettings parse(String content) {
    return ModelConfigParser.parse(FILE, content.getBytes(UTF_8), problems);
  }

  private List<String> told() {
    return problems.list().stream().map(Problem::toString).toList();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          engine: tensorflow   | engine is 'tensorflow'; allowed: onnxruntime, pytorch
          engine: ONNXRuntime  | engine is 'ONNXRuntime'; allowed: onnxruntime, pytorch
          engine: 1            | engine is 1; allowed: onnxruntime, pytorch
          engine:              | engine is empty; allowed: onnxruntime, pytorch
          transition: blue_green | transition is 'blue_green'; allowed: availability_preserving, resource_preserving
          engin: pytorch       | 'engin' is not a known key; did you mean engine?
          platform: x          | 'platform' is not a known key; allowed: batching, classify, engine, inputs, instances, labels, outputs, preprocess, regress, transition, version_policy
          max_batch_size: 8    | 'max_batch_size' is not a known key; allowed: batching, classify, engine, inputs, instances, labels, outputs, preprocess, regress, transition, version_policy
          classify: scores     | classify is 'scores'; allowed: a mapping such as {scores: NAME}, with the name of an output
          classify: {}         | classify.scores is missing; allowed: a text of 1 to 256 characters without line breaks
          classify: {scores: 5} | classify.scores is 5; allowed: a text of 1 to 256 characters without line breaks
          classify: {scores: p, labels: x} | 'classify.labels' is not a known key; allowed: classes, scores
          regress: {value: ''} | regress.value is ''; allowed: a text of 1 to 256 characters without line breaks
          batching: 32         | batching is 32; allowed: a mapping such as {max_batch_size: 32}
          batching: {max_batch_size: 0}   | batching.max_batch_size is 0; allowed: a whole number from 1 to 4096
          batching: {max_queue_delay: 5}  | batching.max_queue_delay is 5; allowed: a time from 0s to 1s, such as 500ms or 2s
          batching: {size: 8}  | 'batching.size' is not a known key; allowed: max_batch_size, max_queue_bytes, max_queue_delay, max_queue_size, run_on
          batching: {run_on: loops}       | batching.run_on is 'loops'; allowed: auto, event_loop, instances
          batching: {max_queue_size: 0}   | batching.max_queue_size is 0; allowed: a whole number from 1 to 100000
          batching: {max_queue_bytes: 5}  | batching.max_queue_bytes is 5; allowed: a size from 1B to 1024GiB, such as 64MiB
          inputs: {}           | inputs is a mapping; allowed: a list of tensors such as {name: x, dtype: FP32, shape: [-1, 4]}
          inputs: []           | inputs is an empty list; allowed: a list of tensors such as {name: x, dtype: FP32, shape: [-1, 4]}
          inputs: [x]          | inputs[0] is 'x'; allowed: a tensor such as {name: x, dtype: FP32, shape: [-1, 4]}
          inputs: [{dtype: FP32, shape: []}] | inputs[0].name is missing; allowed: a text of 1 to 256 characters without line breaks
          inputs: [{name: '', dtype: FP32, shape: []}] | inputs[0].name is ''; allowed: a text of 1 to 256 characters without line breaks
          inputs: [{name: "a\\nb", dtype: FP32, shape: []}] | inputs[0].name is 'a\\u{a}b'; allowed: a text of 1 to 256 characters without line breaks
          inputs: [{name: 5, dtype: FP32, shape: []}] | inputs[0].name is 5; allowed: a text of 1 to 256 characters without line breaks
          inputs: [{name: x, shape: []}] | inputs[0].dtype is missing; allowed: BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64, BYTES
          outputs: [{name: x, dtype: float32, shape: []}] | outputs[0].dtype is 'float32'; allowed: BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64, BYTES
          inputs: [{name: x, dtype: FP32}] | inputs[0].shape is missing; allowed: a list of up to 16 sizes such as [-1, 4] or [batch, 4]
          inputs: [{name: x, dtype: FP32, shape: 4}] | inputs[0].shape is 4; allowed: a list of up to 16 sizes such as [-1, 4] or [batch, 4]
          inputs: [{name: x, dtype: FP32, shape: [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}] | inputs[0].shape is a list of 17; allowed: a list of up to 16 sizes such as [-1, 4] or [batch, 4]
          inputs: [{name: x, dtype: FP32, shape: [0]}] | inputs[0].shape[0] is 0; allowed: -1 for any size, a size from 1 to 2147483647, or a name such as batch
          inputs: [{name: x, dtype: FP32, shape: [1, -2]}] | inputs[0].shape[1] is -2; allowed: -1 for any size, a size from 1 to 2147483647, or a name such as batch
          inputs: [{name: x, dtype: FP32, shape: [2147483648]}] | inputs[0].shape[0] is 2147483648; allowed: -1 for any size, a size from 1 to 2147483647, or a name such as batch
          inputs: [{name: x, dtype: FP32, shape: ['-1']}] | inputs[0].shape[0] is '-1'; allowed: -1 for any size, a size from 1 to 2147483647, or a name such as batch
          inputs: [{name: x, dtype: FP32, shape: [], optional: true}] | 'inputs[0].optional' is not a known key; allowed: dtype, name, shape
          inputs: [{name: x, dtype: FP32, shape: []}, {name: x, dtype: FP32, shape: []}] | the tensor 'x' is given twice; give each one another name
          version_policy: latest | version_policy is 'latest'; allowed: all, {latest: 2} or {specific: [1, 3]}
          version_policy: 2    | version_policy is 2; allowed: all, {latest: 2} or {specific: [1, 3]}
          version_policy: [1]  | version_policy is a list; allowed: all, {latest: 2} or {specific: [1, 3]}
          version_policy: {}   | version_policy is a mapping; allowed: all, {latest: 2} or {specific: [1, 3]}
          version_policy: {latest: 1, specific: [1]} | version_policy is a mapping; allowed: all, {latest: 2} or {specific: [1, 3]}
          version_policy: {latest: 0} | version_policy.latest is 0; allowed: a whole number from 1 to 1000000
          version_policy: {lates: 1} | 'version_policy.lates' is not a known key; did you mean latest?
          version_policy: {specific: []} | version_policy.specific is an empty list; allowed: a list of versions such as [1, 3]
          version_policy: {specific: 1} | version_policy.specific is 1; allowed: a list of versions such as [1, 3]
          version_policy: {specific: [1, v2]} | version_policy.specific[1] is 'v2'; allowed: a whole number from 1 to 999999999999999999
          version_policy: {specific: [1000000000000000000]} | version_policy.specific[0] is 1000000000000000000; allowed: a whole number from 1 to 999999999999999999
          labels: [stable]     | labels is a list; allowed: labels with their versions such as {stable: 1}
          labels: {stable: latest} | labels.stable is 'latest'; allowed: a whole number from 1 to 999999999999999999
          labels: {stable: 0}  | labels.stable is 0; allowed: a whole number from 1 to 999999999999999999
          labels: {my label: 1} | labels has the name 'my label'; allowed: a name is 1 to 128 letters, digits, '.', '_' or '-' and begins with a letter or digit
          labels: {stable: 1, stable: 2} | labels.stable is given twice, first in iris/config.yaml:1; keep one of them
          instances: two       | instances is 'two'; allowed: a whole number from 1 to 64, or a mapping such as {count: 2}
          instances: {count: 65} | instances.count is 65; allowed: a whole number from 1 to 64
          instances: {count: 1, kind: gpu} | 'instances.kind' is not a known key; allowed: count, device, threads
          instances: 65                    | instances is 65; allowed: a whole number from 1 to 64, or a mapping such as {count: 2}
          instances: {device: 'gpu:0'}     | instances.device is 'gpu:0'; allowed: cpu, the only device of this release (not yet gpu:0)
          instances: {threads: 0}          | instances.threads is 0; allowed: a whole number from 1 to %CORES%, which is twice this machine's cores
          instances: {threads: 9999}       | instances.threads is 9999; allowed: a whole number from 1 to %CORES%, which is twice this machine's cores
          """)
  void badSetting_isNamedWithFileLineValueAndWhatIsAllowed(String content, String expected) {
    parse(content);

    assertThat(told())
        .containsExactly(FILE + ":1: " + expected.replace("%CORES%", TWICE_THE_CORES));
  }

  @Test
  void labelsBeyondTheLimit_areOneProblem() {
    String labels =
        IntStream.rangeClosed(1, LabelLimit.MAX_LABELS)
            .mapToObj(i -> "label-%d: 1".formatted(i))
            .collect(Collectors.joining(", "));

    assertThat(parse("labels: {" + labels + "}").labels()).hasSize(LabelLimit.MAX_LABELS);
    assertThat(told()).isEmpty();
    assertThat(parse("labels: {" + labels + ", more: x}").labels()).isEmpty();
    assertThat(told()).containsExactly(FILE + ":1: labels has 101 names; allowed: 100 or fewer");
  }

  @Test
  void allProblemsOfAFile_areFoundTogether() {
    parse("engine: tf\ninstances: {count: 0}\nlabels:\n  stable: x\nbatching: 0\nversion: 1\n");

    assertThat(told())
        .containsExactly(
            "iris/config.yaml:1: engine is 'tf'; allowed: onnxruntime, pytorch",
            "iris/config.yaml:2: instances.count is 0; allowed: a whole number from 1 to 64",
            "iris/config.yaml:5: batching is 0; allowed: a mapping such as {max_batch_size: 32}",
            "iris/config.yaml:4: labels.stable is 'x'; allowed: a whole number from 1 to"
                + " 999999999999999999",
            "iris/config.yaml:6: 'version' is not a known key; allowed: batching, classify,"
                + " engine, inputs, instances, labels, outputs, preprocess, regress, transition,"
                + " version_policy");
  }

  @Test
  void randomGarbage_givesProblemsAndNothingElse() {
    Random random = new Random(42);
    List<String> words =
        List.of(
            "engine",
            "inputs",
            "labels",
            "version_policy",
            "instances",
            ": ",
            "- ",
            "\n",
            "\n  ",
            "[",
            "]",
            "{",
            "}",
            ",",
            "1",
            "-1",
            "x",
            "&a ",
            "*a",
            "!!int ",
            "'",
            "\"",
            "name",
            "dtype",
            "shape",
            "FP32",
            "|",
            ">",
            "#",
            "\t",
            "? ",
            "\u00e9",
            "\0");
    int bad = 0;
    for (int i = 0; i < 3_000; i++) {
      StringBuilder garbage = new StringBuilder();
      for (int length = random.nextInt(25); length > 0; length--) {
        garbage.append(words.get(random.nextInt(words.size())));
      }
      ConfigProblems found = new ConfigProblems();
      ModelConfigParser.parse(FILE, garbage.toString().getBytes(UTF_8), found);
      bad += found.isEmpty() ? 0 : 1;
    }

    assertThat(bad).isGreaterThan(2_000);
  }
}
