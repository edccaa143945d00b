package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.io.IOException;
import java.util.List;

/**
 * Writes messages of the Open Inference Protocol as Triton does: fields have the names of the
 * proto, whole numbers are numbers and no texts, and a field that is empty is there. Only what one
 * can choose to leave out is left out. Pure.
 */
final class MessageJson {
  private MessageJson() {}

  static void write(JsonGenerator json, Message message) throws IOException {
    json.writeStartObject();
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (!field.hasPresence() || message.hasField(field)) {
        json.writeFieldName(field.getName());
        writeField(json, field, message.getField(field));
      }
    }
    json.writeEndObject();
  }

  private static void writeField(JsonGenerator json, FieldDescriptor field, Object value)
      throws IOException {
    if (!field.isRepeated()) {
      writeValue(json, field, value);
      return;
    }
    json.writeStartArray();
    for (Object each : (List<?>) value) {
      writeValue(json, field, each);
    }
    json.writeEndArray();
  }

  private static void writeValue(JsonGenerator json, FieldDescriptor field, Object value)
      throws IOException {
    switch (field.getJavaType()) {
      case INT, LONG -> json.writeNumber(((Number) value).longValue());
      case FLOAT, DOUBLE -> json.writeNumber(((Number) value).doubleValue());
      case BOOLEAN -> json.writeBoolean((Boolean) value);
      case STRING -> json.writeString((String) value);
      case ENUM -> json.writeString(((EnumValueDescriptor) value).getName());
      case MESSAGE -> write(json, (Message) value);
      case BYTE_STRING ->
          throw new IllegalArgumentException(field.getFullName() + " has no form in JSON");
    }
  }
}
