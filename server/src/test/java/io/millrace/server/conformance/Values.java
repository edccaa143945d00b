package io.millrace.server.conformance;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The element types, each with values that its neighbours in width, sign or precision do not have:
 * bits, most significant digit first, and the text that JSON has for them. BYTES come twice, as
 * texts and as bytes that are none, of which some protocols have only the first.
 */
enum Values {
  BOOL("01=true 00=false"),
  UINT8("ff=255 00=0 80=128 7f=127"),
  UINT16("ffff=65535 0000=0 8000=32768 0102=258"),
  UINT32("ffffffff=4294967295 00000000=0 80000000=2147483648 01020304=16909060"),
  UINT64(
      "ffffffffffffffff=18446744073709551615 0000000000000000=0"
          + " 8000000000000000=9223372036854775808 0020000000000001=9007199254740993"),
  INT8("80=-128 ff=-1 00=0 7f=127"),
  INT16("8000=-32768 ffff=-1 0000=0 0102=258"),
  INT32("80000000=-2147483648 ffffffff=-1 00000000=0 01020304=16909060"),
  INT64(
      "8000000000000000=-9223372036854775808 ffffffffffffffff=-1 0000000000000000=0"
          + " 0020000000000001=9007199254740993"),
  FP16(
      "0001=5.9604645E-8 3c00=1.0 c000=-2.0 7bff=65504.0 8000=-0.0 7c00=Infinity fc00=-Infinity"
          + " 7e00=NaN"),
  BF16(
      "0001=9.1835496E-41 3f80=1.0 c000=-2.0 7f7f=3.3895314E38 8000=-0.0 7f80=Infinity"
          + " ff80=-Infinity 7fc0=NaN"),
  FP32(
      "3dcccccd=0.1 00000001=1.4E-45 c0000000=-2.0 7f7fffff=3.4028234663852886E38 80000000=-0.0"
          + " 7f800000=Infinity ff800000=-Infinity 7fc00000=NaN"),
  FP64(
      "3fb999999999999a=0.1 0000000000000001=4.9E-324 c000000000000000=-2.0"
          + " 7fefffffffffffff=1.7976931348623157E308 8000000000000000=-0.0"
          + " 7ff0000000000000=Infinity fff0000000000000=-Infinity 7ff8000000000000=NaN"),
  /** A character beyond 16 bits, nothing, what JSON has to escape, and a zero. */
  TEXT("f09f9880 - 225c0a 610062"),
  /** The beginning of no character, half of one, and a zero. */
  BINARY("fffe80 c3 - 00");

  private final String written;

  Values(String written) {
    this.written = written;
  }

  private static Element element(String written) {
    int equals = written.indexOf('=');
    return equals < 0
        ? Element.ofBytes(ByteString.fromHex(written.equals("-") ? "" : written))
        : Element.of(written.substring(0, equals), written.substring(equals + 1));
  }

  DataType dtype() {
    return this == TEXT || this == BINARY ? DataType.BYTES : DataType.valueOf(name());
  }

  /** As many values as asked for; all of them, over and over. */
  List<Element> elements(int count) {
    List<Element> all = Stream.of(written.split(" ")).map(Values::element).toList();
    return IntStream.range(0, count).mapToObj(i -> all.get(i % all.size())).toList();
  }
}
