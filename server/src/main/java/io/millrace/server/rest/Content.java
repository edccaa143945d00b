package io.millrace.server.rest;

import com.google.protobuf.ByteString;
import io.millrace.server.model.ServingException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The bytes that somebody sent for one input.
 *
 * @param place what they are to whoever sent them, for messages: {@value #BODY}, {@code part 'x'}
 * @param fileName of the file that they are, if they came as one
 */
record Content(String place, ContentKind kind, ByteString data, Optional<String> fileName) {
  static final String BODY = "body";

  /** All of a body. */
  static Content ofBody(ContentKind kind, ByteString data) {
    return new Content(BODY, kind, data, Optional.empty());
  }

  /** Without a copy where the bytes lie together, as those of a message do. */
  ByteBuffer bytes() {
    return BinaryTensors.view(data);
  }

  /** Whether it is a file of that kind by its name. */
  boolean isNamed(String ending) {
    return fileName.filter(name -> name.endsWith(ending)).isPresent();
  }

  /** The refusal of nothing where something is needed. */
  ServingException empty() {
    return place.equals(BODY)
        ? Refusals.emptyBody(kind.told())
        : Refusals.malformed(place, "%s is empty; send %s".formatted(place, kind.told()));
  }
}
