package io.millrace.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** A message as anybody reads it who has the field numbers and none of our files. */
record WireFields(UnknownFieldSet fields) {
  static WireFields of(byte[] message) {
    try {
      return new WireFields(UnknownFieldSet.parseFrom(message));
    } catch (InvalidProtocolBufferException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean has(int field) {
    return fields.hasField(field);
  }

  /** A number; 0 if there is none, as numbers of 0 are not sent. */
  long number(int field) {
    List<Long> values = fields.getField(field).getVarintList();
    return values.isEmpty() ? 0 : values.get(0);
  }

  String text(int field) {
    return bytes(field).toStringUtf8();
  }

  /** The first message in the field. */
  WireFields message(int field) {
    return of(bytes(field).toByteArray());
  }

  /** All messages in the field. */
  List<WireFields> messages(int field) {
    return fields.getField(field).getLengthDelimitedList().stream()
        .map(message -> of(message.toByteArray()))
        .toList();
  }

  /** Numbers that are sent as one. */
  List<Long> packed(int field) {
    try {
      CodedInputStream in = bytes(field).newCodedInput();
      List<Long> values = new ArrayList<>();
      while (!in.isAtEnd()) {
        values.add(in.readInt64());
      }
      return values;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ByteString bytes(int field) {
    List<ByteString> values = fields.getField(field).getLengthDelimitedList();
    if (values.isEmpty()) {
      throw new AssertionError("no field " + field + " in " + fields);
    }
    return values.get(0);
  }
}
