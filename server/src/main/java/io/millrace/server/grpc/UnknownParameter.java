package io.millrace.server.grpc;

import static io.millrace.server.grpc.PlainFields.BYTES;
import static io.millrace.server.grpc.PlainFields.FIXED64;
import static io.millrace.server.grpc.PlainFields.TYPE_BITS;
import static io.millrace.server.grpc.PlainFields.VARINT;
import static io.millrace.server.grpc.PlainFields.require;
import static io.millrace.server.grpc.PlainFields.unusual;

import io.millrace.openinference.InferParameter;
import java.io.IOException;
import java.util.function.Predicate;

/**
 * A parameter of a ModelInfer request that says nothing to this server, as some clients send with
 * each call. Its bytes are checked as the generated classes would, and nothing of it is kept. One
 * that has a meaning is {@link PlainFields.Unusual}: the codec knows that.
 */
final class UnknownParameter {
  /** Longer ones are left to the generated classes, which count what they take. */
  private static final int MAX_BYTES = 1 << 10;

  /** An entry of a map is a message with a key and a value, in this order. */
  private static final int KEY = 1 << TYPE_BITS | BYTES;

  private static final int VALUE = 2 << TYPE_BITS | BYTES;

  private static final int BOOL = InferParameter.BOOL_PARAM_FIELD_NUMBER << TYPE_BITS | VARINT;
  private static final int INT64 = InferParameter.INT64_PARAM_FIELD_NUMBER << TYPE_BITS | VARINT;
  private static final int UINT64 = InferParameter.UINT64_PARAM_FIELD_NUMBER << TYPE_BITS | VARINT;
  private static final int DOUBLE = InferParameter.DOUBLE_PARAM_FIELD_NUMBER << TYPE_BITS | FIXED64;
  private static final int STRING = InferParameter.STRING_PARAM_FIELD_NUMBER << TYPE_BITS | BYTES;

  private UnknownParameter() {}

  /** Reads past the entry of a parameter, of which the tag has been read. */
  static void passOver(PlainFields in, Predicate<String> isKnown) throws IOException {
    int outer = in.enter();
    require(in.left() <= MAX_BYTES);
    require(in.tag() == KEY);
    require(!isKnown.test(in.text()));
    require(in.tag() == VALUE);
    value(in);
    require(in.tag() == 0);
    in.leave(outer);
  }

  private static void value(PlainFields in) throws IOException {
    int outer = in.enter();
    switch (in.tag()) {
      case BOOL, INT64, UINT64 -> in.number();
      case DOUBLE -> in.skipFixed64();
      case STRING -> in.text();
      default -> throw unusual();
    }
    require(in.tag() == 0);
    in.leave(outer);
  }
}
