package io.millrace.server.security;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads addresses without ever asking a name server. */
final class IpAddress {
  private static final Pattern BYTE = Pattern.compile("[0-9]{1,3}");
  private static final Pattern V6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  private IpAddress() {}

  /** The address that the text is; empty if it is none. */
  static Optional<InetAddress> parse(String text) {
    try {
      return V6.matcher(text).matches()
          // A text with a colon is never looked up.
          ? Optional.of(InetAddress.getByName(text))
          : v4(text.split("\\.", -1));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  private static Optional<InetAddress> v4(String[] parts) throws UnknownHostException {
    if (parts.length != 4) {
      return Optional.empty();
    }
    byte[] address = new byte[4];
    for (int i = 0; i < 4; i++) {
      int value = BYTE.matcher(parts[i]).matches() ? Integer.parseInt(parts[i]) : 256;
      if (value > 255) {
        return Optional.empty();
      }
      address[i] = (byte) value;
    }
    return Optional.of(InetAddress.getByAddress(address));
  }
}
