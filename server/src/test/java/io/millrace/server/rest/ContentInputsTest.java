package io.millrace.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.millrace.server.image.ImageDecoder;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Preprocess;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the bytes of a body or of a part become, for a model of one input. */
final class ContentInputsTest {
  private static final String RAW = "application/octet-stream";
  private static final String FORM = "multipart/form-data; boundary=b";

  /** One row of two. */
  private static final ByteString ARRAY =
      NpyFile.of("<f4", false, "(1, 2)", new byte[] {0, 0, (byte) 128, 63, 0, 0, 0, 64});

  private static Tensor read(TensorSpec input, String type, ByteString data, ContentQuery query) {
    ContentInputs inputs =
        new ContentInputs(
            new Signature(List.of(input), List.of()),
            Preprocess.NONE,
            new ImageDecoder(1 << 20).begin(() -> {}),
            1 << 20);
    return inputs.read(new RequestBody(data, HeaderValue.parse(type), ""), query).get(0);
  }

  private static Tensor read(TensorSpec input, String type, ByteString data) {
    return read(input, type, data, ContentQuery.NONE);
  }

  private static ServingException refusal(TensorSpec input, String type, ByteString data) {
    return catchThrowableOfType(ServingException.class, () -> read(input, type, data));
  }

  private static TensorSpec rows(DataType dtype) {
    return TensorSpec.of("x", dtype, -1, 2);
  }

  /** A form of one part, of which these are the headers behind its name. */
  private static ByteString form(String headers, ByteString data) {
    return ByteString.copyFromUtf8(
            "--b\r\nContent-Disposition: form-data; name=x" + headers + "\r\n\r\n")
        .concat(data)
        .concat(ByteString.copyFromUtf8("\r\n--b--\r\n"));
  }

  private static String element(Tensor tensor) {
    return new String(BytesElements.decode(tensor.data(), 1).get(0), UTF_8);
  }

  @Test
  void anArraySentAsValues_isReadAsTheFileThatItIs() {
    ByteString part = form("; filename=any\r\nContent-Type: " + RAW, ARRAY);

    for (Tensor read :
        List.of(
            read(rows(DataType.FP32), RAW, ARRAY),
            read(rows(DataType.FP32), FORM, part),
            read(rows(DataType.FP32), FORM, form("; filename=a.npy", ARRAY)))) {
      assertThat(read.shape()).isEqualTo(Shape.of(1, 2));
      assertThat(read.data().getFloat(Float.BYTES)).isEqualTo(2);
    }
  }

  /** curl knows no type for it and says octet-stream, requests of Python says nothing. */
  @ParameterizedTest
  @ValueSource(strings = {"\r\nContent-Type: " + RAW, ""})
  void valuesInAFileOfJson_areReadAsJson(String type) {
    ByteString eightBytes = ByteString.copyFromUtf8("[[1, 2]]");

    Tensor read = read(rows(DataType.FP32), FORM, form("; filename=a.json" + type, eightBytes));

    assertThat(read.shape()).isEqualTo(Shape.of(1, 2));
    assertThat(read.data().getFloat(Float.BYTES)).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          abc   | is no JSON at line 1, column 1: Unrecognized token 'abc'
          [[1   | ends before its JSON does
          1 2   | goes on behind its JSON at line 1, column 3; send one document
          """)
  void aPartThatIsNoJson_isRefusedWithItsField(String json, String words) {
    ServingException refusal =
        refusal(rows(DataType.FP32), FORM, form("", ByteString.copyFromUtf8(json)));

    assertThat(refusal).hasMessageStartingWith("part 'x' " + words);
    assertThat(refusal.violations())
        .extracting(ServingException.FieldViolation::field)
        .containsExactly("part 'x'");
  }

  @Test
  void singleBytesThatBeginAsAnArrayDoes_areOneIfTheirFileIsNamedSo() {
    TensorSpec bytes = TensorSpec.of("x", DataType.UINT8, -1);
    ByteString array = NpyFile.of("|u1", false, "(2,)", new byte[] {3, 4});

    assertThat(read(bytes, FORM, form("; filename=a.npy", array)).byteCount()).isEqualTo(2);
    assertThat(read(bytes, FORM, form("; filename=a.raw", array)).byteCount())
        .isEqualTo(array.size());
    assertThat(read(bytes, RAW, array).byteCount()).isEqualTo(array.size());
  }

  @Test
  void anArrayForAModelThatDecodesItself_staysAsItIs() {
    TensorSpec files = TensorSpec.of("x", DataType.BYTES, -1);

    assertThat(read(files, FORM, form("; filename=a.npy", ARRAY)).byteCount())
        .isEqualTo(Integer.BYTES + ARRAY.size());
  }

  @Test
  void anArraySentAsValues_saysItsShapeItself() {
    ContentQuery shape = new ContentQuery("", "", List.of(1L, 2L), 0, "");

    ServingException refusal =
        catchThrowableOfType(
            ServingException.class, () -> read(rows(DataType.FP32), RAW, ARRAY, shape));

    assertThat(refusal)
        .hasMessageStartingWith("?shape says ")
        .hasMessageEndingWith("the body is a file of NumPy");
  }

  @ParameterizedTest
  @CsvSource({"text/plain", RAW})
  void nothing_isAnElementThatIsEmpty(String type) {
    TensorSpec texts = TensorSpec.of("x", DataType.BYTES, -1, 1);

    Tensor whole = read(texts, type, ByteString.EMPTY);
    Tensor part = read(texts, FORM, form("\r\nContent-Type: " + type, ByteString.EMPTY));

    assertThat(whole.shape()).isEqualTo(Shape.of(1, 1));
    assertThat(element(whole)).isEmpty();
    assertThat(element(part)).isEmpty();
  }

  @Test
  void nothing_isNoRowsWhereTheCallerSaysSo() {
    ContentQuery none = new ContentQuery("", "", List.of(0L, 2L), 0, "");

    assertThat(read(rows(DataType.FP32), RAW, ByteString.EMPTY, none).shape())
        .isEqualTo(Shape.of(0, 2));
    assertThat(read(TensorSpec.of("x", DataType.FP32, 0, 2), RAW, ByteString.EMPTY).shape())
        .isEqualTo(Shape.of(0, 2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          application/octet-stream        | the values of a tensor
          application/x-npy               | a file of NumPy
          image/png                       | a picture
          audio/wav                       | a file
          multipart/form-data; boundary=b | a form
          """)
  void nothingWhereSomethingIsNeeded_isRefusedByItsKind(String type, String told) {
    ServingException refusal = refusal(rows(DataType.FP32), type, ByteString.EMPTY);

    assertThat(refusal)
        .hasMessageStartingWith("the body is empty; send %s. If it was not empty".formatted(told));
    assertThat(refusal.reason()).isEqualTo(Reason.REQUEST_MALFORMED);
    if (!type.startsWith("multipart")) {
      ByteString part = form("\r\nContent-Type: " + type, ByteString.EMPTY);
      assertThat(refusal(rows(DataType.FP32), FORM, part))
          .hasMessage("part 'x' is empty; send %s".formatted(told));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          application/pdf           | part 'x': content-type 'application/pdf' is not supported
          image                     | part 'x': content-type 'image' is not supported
          text/plain; charset=utf-7 | part 'x': charset 'utf-7' is not supported
          multipart/form-data       | part 'x': a part cannot have parts of its own
          """)
  void aPartThatNobodyReads_isRefusedWithItsField(String type, String words) {
    ServingException refusal =
        refusal(
            rows(DataType.FP32),
            FORM,
            form("\r\nContent-Type: " + type, ByteString.copyFromUtf8("a")));

    assertThat(refusal).hasMessageStartingWith(words);
    assertThat(refusal.reason()).isEqualTo(Reason.UNSUPPORTED_OPERATION);
    assertThat(refusal.violations())
        .extracting(ServingException.FieldViolation::field)
        .containsExactly("part 'x'");
  }

  @ParameterizedTest
  @EnumSource(names = {"UINT8", "FP32"})
  void bytesWhoseShapeNobodyKnows_areRefusedWithAWayToSayIt(DataType dtype) {
    TensorSpec open = TensorSpec.of("x", dtype, -1, -1, -1);
    ByteString values = ByteString.copyFrom(new byte[24]);

    assertThat(refusal(open, RAW, values)).hasMessageContaining("?shape=2&shape=3");
    assertThat(refusal(open, FORM, form("; filename=a", values)))
        .hasMessageStartingWith("part 'x': ")
        .hasMessageEndingWith("send the part as application/x-npy, which says its shape");
  }

  @Test
  void twoOpenSizes_areOneRow_asForEachCall() {
    TensorSpec open = TensorSpec.of("x", DataType.FP32, -1, -1);

    assertThat(read(open, RAW, ByteString.copyFrom(new byte[24])).shape())
        .isEqualTo(Shape.of(1, 6));
  }
}
