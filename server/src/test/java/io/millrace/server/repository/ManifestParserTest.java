package io.millrace.server.repository;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.repository.ManifestFile.Bad;
import io.millrace.server.repository.ManifestFile.Good;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ManifestParserTest {
  private static final String HASH = "ab".repeat(32);
  private static final String FILE =
      "{\"path\": \"model.onnx\", \"size\": 1, \"sha256\": \"" + HASH + "\"}";

  @Test
  void writtenManifest_isReadAsItWas() {
    Manifest manifest =
        Manifests.of("model.onnx", "a", "data/a \"quoted\" name", "b", "data/\u00e8", "c");

    assertThat(parse(manifest.toBytes())).isEqualTo(new Good(manifest));
  }

  @Test
  void layoutAndOrder_changeNeitherFilesNorDigest() {
    Manifest manifest = Manifests.of("a", "1", "b", "2");
    String other =
        "{\"files\":["
            + json(manifest.files().get(1))
            + ","
            + json(manifest.files().get(0))
            + "],\"format\":1}";

    assertThat(((Good) parse(other.getBytes(UTF_8))).manifest().digest())
        .isEqualTo(manifest.digest());
  }

  private static String json(Manifest.Entry file) {
    return "{\"sha256\":\"%s\",\"size\":%d,\"path\":\"%s\"}"
        .formatted(file.sha256(), file.size(), file.path());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[]                                   | the file is not an object with format and files",
        "{\"format\": 2, \"files\": []}       | has format 2; this server knows 1",
        "{\"format\": \"1\"}                  | format is not a whole number",
        "{\"format\": 99999999999999999999}   | allowed: 0 or more bytes",
        "{\"files\": [FILE]}                  | has no format; allowed: \"format\": 1",
        "{\"format\": 1}                      | names no files; allowed: 1 to 10000",
        "{\"format\": 1, \"files\": []}       | names no files; allowed: 1 to 10000",
        "{\"format\": 1, \"files\": {}}       | files is not a list",
        "{\"format\": 1, \"files\": [1]}      | files[0] is not an object",
        "{\"format\": 1, \"files\": [{}]}     | files[0] is not complete; it needs path, size and",
        "{\"format\": 1, \"name\": 1}         | 'name' is not a known key; known: format, files",
        "{\"format\": 1, \"format\": 1}       | is not whole JSON: Duplicate field 'format'",
        "{\"format\": 1, \"files\": [FILE, FILE]} | files[1].path is 'model.onnx', which is named",
        "{\"format\": 1, \"files\": [FILE]} x | is not whole JSON: Unrecognized token 'x'",
        "{\"format\": 1, \"files\": [FILE]} 1 | goes on after its end; allowed: one object",
        "{\"format\": 1, \"files\": [FILE     | is not whole JSON: Unexpected end-of-input",
      })
  void whatIsNoManifest_isToldWithItsFault(String text, String fault) {
    ManifestFile read = parse(text.replace("FILE", FILE).getBytes(UTF_8));

    assertThat(((Bad) read).problem().toString())
        .startsWith("iris/3/manifest.json")
        .contains(fault)
        .endsWith("delete the file and write it anew by 'millrace package', or copy it again");
  }

  @ParameterizedTest
  @CsvSource({
    "/etc/passwd, is absolute",
    "../2/model.onnx, leads out of the folder",
    "data/../../x, leads out of the folder",
    "data//x, has an empty part",
    "./model.onnx, has an empty part",
    "data/, has an empty part",
    "a/b/c/d/e/f/g/h/i, is too long",
    "data\\\\\\\\x, has a character that is not allowed",
    "data\\u0000x, has a character that is not allowed",
    "manifest.json, is the manifest itself"
  })
  void pathThatMayNotBe_isToldWithTheRule(String path, String fault) {
    String text = "{\"format\": 1, \"files\": [" + FILE.replace("model.onnx", path) + "]}";

    assertThat(((Bad) parse(text.getBytes(UTF_8))).problem().fault())
        .startsWith("files[0].path is '")
        .contains("', which " + fault + "; allowed: a path in the version's folder");
  }

  @ParameterizedTest
  @CsvSource({
    "'\"size\": 1', '\"size\": -1', files[0].size is '-1'; allowed: 0 or more bytes",
    "'\"size\": 1', '\"size\": 1.5', files[0].size is not a whole number",
    "'\"sha256\": \"ab', '\"sha256\": \"AB', files[0].sha256 is 'AB",
    "'\"sha256\": \"ab', '\"sha256\": \"', files[0].sha256 is 'ab",
    "'\"path\": \"model.onnx\"', '\"path\": 1', files[0].path is not a text",
    "'\"path\"', '\"name\"', 'files[0].name'' is not a known key; known: path, size, sha256'",
  })
  void fieldThatMayNotBe_isToldByItsPlace(String good, String bad, String fault) {
    String text = "{\"format\": 1, \"files\": [" + FILE.replace(good, bad) + "]}";

    assertThat(((Bad) parse(text.getBytes(UTF_8))).problem().fault()).contains(fault);
  }

  @Test
  void tooLargeAndTooManyFiles_areRefused() {
    StringBuilder files = new StringBuilder(FILE);
    for (int i = 0; i < VersionWalk.MAX_FILES; i++) {
      files.append(',').append(FILE.replace("model.onnx", "f" + i));
    }
    String text = "{\"format\": 1, \"files\": [" + files + "]}";

    assertThat(((Bad) parse(text.getBytes(UTF_8))).problem().fault())
        .isEqualTo("names more than 10000 files");
    assertThat(((Bad) parse(new byte[ManifestParser.MAX_BYTES + 1])).problem().fault())
        .isEqualTo("is larger than 4194304 bytes");
  }

  @Test
  void damagedManifests_areReadOrRefusedAndNothingElse() {
    byte[] whole = Manifests.of("model.onnx", "a", "data/weights.bin", "b").toBytes();
    Random random = new Random(20261121);
    for (int i = 0; i < 5_000; i++) {
      byte[] damaged = Arrays.copyOf(whole, 1 + random.nextInt(whole.length));
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);

      if (parse(damaged) instanceof Bad bad) {
        assertThat(bad.problem().toString()).hasLineCount(1);
      }
    }
  }

  private static ManifestFile parse(byte[] content) {
    return ManifestParser.parse("iris/3", content);
  }
}
