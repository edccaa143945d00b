package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ManifestTest {
  private static final String SHA256_OF_A =
      "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";

  @Test
  void manifest_isWrittenInOneWay() {
    Manifest manifest = Manifests.of("model.onnx", "a", "data/weights.bin", "");

    assertThat(Manifests.text(manifest))
        .isEqualTo(
            """
            {
              "format": 1,
              "files": [
                {"path": "data/weights.bin", "size": 0, "sha256": "%s"},
                {"path": "model.onnx", "size": 1, "sha256": "%s"}
              ]
            }
            """
                .formatted(Sha256.of(new byte[0]), SHA256_OF_A));
  }

  @Test
  void digest_dependsOnTheFilesAndNotOnTheirOrder() {
    Manifest.Entry first = new Manifest.Entry("a", 1, SHA256_OF_A);
    Manifest.Entry second = new Manifest.Entry("b", 1, SHA256_OF_A);

    assertThat(new Manifest(List.of(second, first)).digest())
        .matches("sha256:[0-9a-f]{64}")
        .isEqualTo(new Manifest(List.of(first, second)).digest())
        .isNotEqualTo(new Manifest(List.of(first)).digest());
  }

  @Test
  void digest_isThatOfTheWrittenFile() {
    Manifest manifest = Manifests.of("model.onnx", "a");

    assertThat(manifest.digest()).isEqualTo("sha256:" + Sha256.of(manifest.toBytes()));
  }
}
