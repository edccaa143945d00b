package io.millrace.server.app;

import io.millrace.server.wire.WireMessage;
import io.millrace.server.wire.WireMessage.Fields;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Examples in messages by the field numbers of TensorFlow's own files, and the classes of answers.
 */
final class ExampleMessages {
  private ExampleMessages() {}

  static WireMessage floats(double... values) {
    ByteBuffer packed =
        ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      packed.putFloat((float) value);
    }
    return new WireMessage().message(2, new WireMessage().bytes(1, packed.array()));
  }

  static WireMessage whole(long value) {
    return new WireMessage().message(3, new WireMessage().number(1, value));
  }

  static WireMessage text(String value) {
    return new WireMessage().message(1, new WireMessage().text(1, value));
  }

  static WireMessage example(String name, WireMessage feature) {
    return new WireMessage().message(1, new WireMessage().entry(1, name, feature));
  }

  static WireMessage list(WireMessage... examples) {
    WireMessage list = new WireMessage();
    for (WireMessage example : examples) {
      list.message(1, example);
    }
    return new WireMessage().message(1, list);
  }

  static WireMessage spec(String model) {
    return new WireMessage().text(1, model);
  }

  /** The classes of an example: each has a label, which may be left out, and a score. */
  static List<Fields> classes(Fields response, int example) {
    return Fields.of(response.message(1).all(1).get(example)).all(1).stream()
        .map(Fields::of)
        .toList();
  }

  static List<Float> scores(Fields response, int example) {
    return classes(response, example).stream().map(found -> found.fraction(2)).toList();
  }
}
