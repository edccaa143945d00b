package io.millrace.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.millrace.openinference.GrpcServiceProto;
import io.millrace.openinference.ModelConfigProto;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.server.conformance.WireTable.Count;
import io.millrace.server.conformance.WireTable.Field;
import io.millrace.server.wire.WireMessage;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The messages of the Open Inference Protocol and of Triton are the same on the wire as everybody
 * else's: what is written by the numbers of their files alone is read here, and written again byte
 * for byte.
 */
final class WireIdentityTest {
  private static final List<FileDescriptor> FILES =
      List.of(GrpcServiceProto.getDescriptor(), ModelConfigProto.getDescriptor());

  static List<WireTable.Message> messages() {
    return WireTable.openInference();
  }

  @Test
  void table_hasEveryMessage() {
    assertThat(messages())
        .extracting(WireTable.Message::name)
        .containsExactlyInAnyOrderElementsOf(
            FILES.stream()
                .flatMap(file -> file.getMessageTypes().stream())
                .flatMap(WireIdentityTest::withThoseWithin)
                .map(WireIdentityTest::name)
                .toList());
  }

  private static Stream<Descriptor> withThoseWithin(Descriptor message) {
    return Stream.concat(
        Stream.of(message),
        message.getNestedTypes().stream().filter(type -> !type.getOptions().getMapEntry()));
  }

  private static String name(Descriptor message) {
    return message.getFullName().substring("inference.".length());
  }

  @ParameterizedTest
  @MethodSource("messages")
  void fields_haveTheNamesNumbersAndTypesOfTheTable(WireTable.Message message) {
    assertThat(generated(message.name()).getDescriptorForType().getFields())
        .map(WireIdentityTest::field)
        .isEqualTo(message.fields());
  }

  private static Field field(FieldDescriptor field) {
    if (field.isMapField()) {
      FieldDescriptor value = field.getMessageType().findFieldByNumber(2);
      assertThat(field.getMessageType().findFieldByNumber(1).getType())
          .isEqualTo(FieldDescriptor.Type.STRING);
      return new Field(field.getName(), field.getNumber(), Count.MAP, type(value));
    }
    Count count = field.isRepeated() ? Count.LIST : Count.ONE;
    return new Field(field.getName(), field.getNumber(), count, type(field));
  }

  private static String type(FieldDescriptor field) {
    return switch (field.getType()) {
      case MESSAGE -> name(field.getMessageType());
      case ENUM -> field.getEnumType().getFullName().substring("inference.".length());
      default -> field.getType().name().toLowerCase(Locale.ROOT);
    };
  }

  @ParameterizedTest
  @MethodSource("messages")
  void bytesByTheNumbersAlone_areReadAsWhatTheyMean_andWrittenAgain(WireTable.Message message)
      throws InvalidProtocolBufferException {
    for (Field field : message.fields()) {
      byte[] bytes = write(new WireMessage(), field).toBytes();

      Message read = generated(message.name()).getParserForType().parseFrom(bytes);

      FieldDescriptor named = read.getDescriptorForType().findFieldByName(field.name());
      assertThat(read.getUnknownFields().asMap()).as(field.name()).isEmpty();
      assertThat(read.getAllFields()).as(field.name()).containsOnlyKeys(named);
      assertThat(comparable(read.getField(named))).as(field.name()).isEqualTo(meaning(field));
      assertThat(read.toByteArray()).as(field.name()).isEqualTo(bytes);
    }
  }

  /** Encoders may also write each number of a list by itself. */
  @Test
  void numbersOneByOne_areReadAsAList() throws InvalidProtocolBufferException {
    WireMessage tensor = new WireMessage().number(3, 2).number(3, 5);

    ModelInferRequest.InferInputTensor read =
        ModelInferRequest.InferInputTensor.parseFrom(tensor.toBytes());

    assertThat(read.getShapeList()).containsExactly(2L, 5L);
  }

  private static Message generated(String name) {
    try {
      Class<?> type = Class.forName("io.millrace.openinference." + name.replace('.', '$'));
      return (Message) type.getMethod("getDefaultInstance").invoke(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(name, e);
    }
  }

  private static WireMessage write(WireMessage to, Field field) {
    return switch (field.count()) {
      case ONE -> writeOne(to, field.number(), field.type());
      case LIST -> writeTwo(to, field);
      case MAP ->
          to.message(field.number(), writeOne(new WireMessage().text(1, "key"), 2, field.type()));
    };
  }

  /** A value that shows its type: a negative one for a sign, the largest for none. */
  private static WireMessage writeOne(WireMessage to, int number, String type) {
    return switch (type) {
      case "string" -> to.text(number, "n\u00e4me");
      case "bytes" -> to.bytes(number, new byte[] {0, -1});
      case "float" -> to.fixed32(number, Float.floatToIntBits(-0.5f));
      case "double" -> to.fixed64(number, Double.doubleToLongBits(-0.5));
      case "bool", "int32", "int64", "uint32", "uint64" -> to.number(number, varint(type));
      default -> isEnum(type) ? to.number(number, 2) : to.message(number, new WireMessage());
    };
  }

  private static WireMessage writeTwo(WireMessage to, Field field) {
    return switch (field.type()) {
      case "bool", "int32", "int64", "uint32", "uint64" ->
          to.packed(field.number(), varint(field.type()), varint(field.type()));
      case "float" ->
          to.bytes(field.number(), new byte[] {0, 0, 0, (byte) 0xbf, 0, 0, 0, (byte) 0xbf});
      case "double" ->
          to.bytes(
              field.number(),
              new byte[] {
                0,
                0,
                0,
                0,
                0,
                0,
                (byte) 0xe0,
                (byte) 0xbf,
                0,
                0,
                0,
                0,
                0,
                0,
                (byte) 0xe0,
                (byte) 0xbf
              });
      default -> writeOne(writeOne(to, field.number(), field.type()), field.number(), field.type());
    };
  }

  private static long varint(String type) {
    return switch (type) {
      case "bool" -> 1;
      case "int32", "int64" -> -3;
      case "uint32" -> 0xFFFF_FFFFL;
      default -> -1;
    };
  }

  private static boolean isEnum(String type) {
    return FILES.stream().anyMatch(file -> file.findEnumTypeByName(type) != null)
        || type.equals("ModelInstanceGroup.Kind")
        || type.equals("ModelInput.Format");
  }

  private static Object meaning(Field field) {
    Object value = meaning(field.type());
    return switch (field.count()) {
      case ONE -> value;
      case LIST -> List.of(value, value);
      case MAP -> List.of("key=" + value);
    };
  }

  private static Object meaning(String type) {
    return switch (type) {
      case "string" -> "n\u00e4me";
      case "bytes" -> ByteString.fromHex("00ff");
      case "bool" -> true;
      case "int32" -> -3;
      case "int64" -> -3L;
      case "uint32" -> -1;
      case "uint64" -> -1L;
      case "float" -> -0.5f;
      case "double" -> -0.5;
      default -> isEnum(type) ? 2 : "{}";
    };
  }

  /** Enums by their numbers, messages by what they hold. */
  private static Object comparable(Object value) {
    if (value instanceof List<?> list) {
      return list.stream().map(WireIdentityTest::comparable).toList();
    }
    if (value instanceof EnumValueDescriptor number) {
      return number.getNumber();
    }
    if (value instanceof Message message) {
      return message.getDescriptorForType().getOptions().getMapEntry()
          ? entry(message)
          : message.getAllFields().entrySet().stream()
              .map(Object::toString)
              .collect(Collectors.joining(",", "{", "}"));
    }
    return value;
  }

  private static String entry(Message entry) {
    Descriptor type = entry.getDescriptorForType();
    return entry.getField(type.findFieldByNumber(1))
        + "="
        + comparable(entry.getField(type.findFieldByNumber(2)));
  }
}
