package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import io.millrace.tensorflow.serving.ModelSpec;
import io.millrace.tensorflow.serving.ModelVersionStatus;
import io.millrace.tensorflow.serving.StatusProto;
import org.junit.jupiter.api.Test;

/** Configurations of TensorFlow Serving, carried out by a real manager. */
final class ConfigReloadTest extends ConfiguredDoorTest {
  @Test
  void modelsThatAreListed_goOn_andOthersGo() {
    StatusProto status = reload(model("iris"));

    assertThat(status.getErrorCode()).isEqualTo(Code.OK);
    assertThat(status.getErrorMessage()).isEmpty();
    awaitAvailable("wine");
    assertThat(available("iris")).containsExactly(3L);

    assertThat(reload(model("wine"), model("iris")).getErrorCode()).isEqualTo(Code.OK);
    assertThat(available("wine")).containsExactly(9L);
  }

  @Test
  void specificVersions_serveAtTheAnswer_labelsPointAtThem_andOtherVersionsGo() {
    StatusProto status =
        reload(
            model("iris")
                .setModelVersionPolicy(specific(1L, 2L))
                .putVersionLabels("stable", 1)
                .putVersionLabels("canary", 2),
            model("wine"));

    assertThat(status.getErrorCode()).isEqualTo(Code.OK);
    assertThat(available("iris")).contains(2L, 1L);
    awaitAvailable("iris", 2L, 1L);
    assertThat(status(ModelSpec.newBuilder().setName("iris").setVersionLabel("stable")))
        .extracting(ModelVersionStatus::getVersion)
        .containsExactly(1L);
    assertThat(status(ModelSpec.newBuilder().setName("iris").setVersionLabel("canary")))
        .extracting(ModelVersionStatus::getVersion)
        .containsExactly(2L);
    assertThat(available("wine")).containsExactly(9L);
  }

  @Test
  void specificVersions_holdAgainstArrivals_untilTheModelIsLeftToItsPolicy() {
    assertThat(reload(model("iris").setModelVersionPolicy(specific(1L))).getErrorCode())
        .isEqualTo(Code.OK);
    arrive("iris", 4, 3, 2, 1);
    arrive("wine", 10, 9, 8);
    arrive("tulip", 1);
    awaitAvailable("wine");
    assertThat(reload(model("iris").setModelVersionPolicy(specific(1L))).getErrorCode())
        .isEqualTo(Code.OK);
    assertThat(available("iris")).containsExactly(1L);
    assertThat(available("wine")).isEmpty();
    assertThat(available("tulip")).isEmpty();
    assertThat(door.loader.loaded()).as("nothing came up meanwhile").hasSize(3);

    assertThat(reload(model("iris"), model("wine")).getErrorCode()).isEqualTo(Code.OK);
    awaitAvailable("iris", 4L);
    assertThat(available("wine")).containsExactly(10L);
  }

  @Test
  void anEmptyList_unloadsAll() {
    assertThat(reload().getErrorCode()).isEqualTo(Code.OK);

    awaitAvailable("iris");
    awaitAvailable("wine");
  }
}
