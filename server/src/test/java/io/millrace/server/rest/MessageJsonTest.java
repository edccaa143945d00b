package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.millrace.openinference.DataType;
import io.millrace.openinference.InferParameter;
import io.millrace.openinference.ModelConfig;
import io.millrace.openinference.ModelDynamicBatching;
import io.millrace.openinference.ModelInput;
import io.millrace.openinference.ModelInstanceGroup;
import io.millrace.openinference.ModelStatistics;
import io.millrace.openinference.StatisticDuration;
import org.junit.jupiter.api.Test;

final class MessageJsonTest {
  private static String text(Message message) {
    return new JsonAnswer(1 << 20)
        .compact(json -> MessageJson.write(json, message))
        .getData()
        .toStringUtf8()
        .strip();
  }

  @Test
  void wholeNumbers_areNumbers_howeverLargeTheyAre() {
    assertThat(text(StatisticDuration.newBuilder().setCount(32).setNs(1L << 62).build()))
        .isEqualTo("{\"count\":32,\"ns\":4611686018427387904}");
  }

  @Test
  void anEmptyMessage_hasItsFieldsButForThoseThatAreAChoice() {
    assertThat(text(ModelConfig.getDefaultInstance()))
        .isEqualTo(
            "{\"name\":\"\",\"platform\":\"\",\"max_batch_size\":0,\"input\":[],\"output\":[],"
                + "\"instance_group\":[],\"backend\":\"\"}");
    assertThat(text(ModelStatistics.getDefaultInstance()))
        .isEqualTo(
            "{\"name\":\"\",\"version\":\"\",\"last_inference\":0,\"inference_count\":0,"
                + "\"execution_count\":0,\"batch_stats\":[]}");
  }

  @Test
  void whatWasChosen_isThere_withEnumsByTheirNames() {
    ModelConfig config =
        ModelConfig.newBuilder()
            .setName("iris")
            .addInput(
                ModelInput.newBuilder()
                    .setName("x")
                    .setDataType(DataType.TYPE_STRING)
                    .addDims(-1)
                    .addDims(4))
            .addInstanceGroup(
                ModelInstanceGroup.newBuilder().setKind(ModelInstanceGroup.Kind.KIND_CPU))
            .setDynamicBatching(
                ModelDynamicBatching.newBuilder().setMaxQueueDelayMicroseconds(1_000))
            .build();

    assertThat(text(config))
        .contains(
            "{\"name\":\"x\",\"data_type\":\"TYPE_STRING\",\"format\":\"FORMAT_NONE\","
                + "\"dims\":[-1,4],\"is_shape_tensor\":false,\"allow_ragged_batch\":false,"
                + "\"optional\":false}",
            "{\"name\":\"\",\"count\":0,\"kind\":\"KIND_CPU\"}",
            "\"dynamic_batching\":{\"max_queue_delay_microseconds\":1000,\"priority_levels\":0,");
  }

  @Test
  void texts_areEscaped_andBooleansAreBooleans() {
    assertThat(text(InferParameter.newBuilder().setStringParam("a\"b\n").build()))
        .isEqualTo("{\"string_param\":\"a\\\"b\\n\"}");
    assertThat(text(InferParameter.newBuilder().setBoolParam(false).build()))
        .isEqualTo("{\"bool_param\":false}");
  }
}
