package io.millrace.server.app;

import com.google.protobuf.ByteString;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Two values of a type, as they lie in memory.
 *
 * @param type the Open Inference Protocol's name
 */
record TypedBytes(String type, ByteString raw) {
  /** Of each type, with a value that its neighbours in width or sign do not have. */
  static List<TypedBytes> ofEveryType() {
    return List.of(
        of("BOOL", "0100"),
        of("INT8", "807f"),
        of("INT16", "0080ff7f"),
        of("INT32", "00000080ffffff7f"),
        of("INT64", "0000000000000080ffffffffffffff7f"),
        of("UINT8", "ff80"),
        of("UINT16", "ffff0080"),
        of("UINT32", "ffffffff00000080"),
        of("UINT64", "ffffffffffffffff0000000000000080"),
        of("FP16", "003c00c0"),
        of("BF16", "803f00c0"),
        of("FP32", "0000803f000000c0"),
        of("FP64", "000000000000f03f00000000000000c0"),
        of("BYTES", "04000000f09f988000000000"));
  }

  private static TypedBytes of(String type, String hexadecimal) {
    return new TypedBytes(type, ByteString.copyFrom(HexFormat.of().parseHex(hexadecimal)));
  }

  /** The model that gives back what it gets. */
  String model() {
    return "identity-" + type.toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return type;
  }
}
