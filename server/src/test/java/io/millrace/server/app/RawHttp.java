package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** HTTP/1.1 as bytes: for what no HTTP library lets a test send. Immutable. */
record RawHttp(URI url) {
  private static final int PATIENCE_MILLIS = 60_000;

  /** One whole answer. */
  record Reply(String text) {
    int status() {
      return Integer.parseInt(text.split(" ", 3)[1]);
    }

    String header(String name) {
      return head()
          .lines()
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ": "))
          .map(line -> line.substring(name.length() + 2))
          .findFirst()
          .orElse("");
    }

    private String head() {
      return text.substring(0, text.indexOf("\r\n\r\n"));
    }

    String body() {
      return text.substring(text.indexOf("\r\n\r\n") + 4);
    }
  }

  /**
   * Sends a request with its body's length.
   *
   * @param headers whole lines
   */
  Reply send(String method, String path, byte[] body, String... headers) {
    String length = body.length == 0 ? "" : "content-length: " + body.length;
    return send(bytes(head(method, path, length, headers)), body);
  }

  /** Sends a request whose length nobody knows before its end. */
  Reply sendInChunks(String path, byte[] body) {
    ByteArrayOutputStream chunks = new ByteArrayOutputStream();
    int size = 1 << 20;
    for (int from = 0; from < body.length; from += size) {
      int count = Math.min(size, body.length - from);
      chunks.writeBytes(bytes(Integer.toHexString(count) + "\r\n"));
      chunks.write(body, from, count);
      chunks.writeBytes(bytes("\r\n"));
    }
    chunks.writeBytes(bytes("0\r\n\r\n"));
    String head = head("POST", path, "transfer-encoding: chunked");
    return send(bytes(head), chunks.toByteArray());
  }

  private static String head(String method, String path, String length, String... headers) {
    String first = "%s %s HTTP/1.1\r\nhost: test\r\nconnection: close".formatted(method, path);
    return Stream.concat(Stream.of(first, length), Stream.of(headers))
            .filter(line -> !line.isEmpty())
            .reduce("", (all, line) -> all + line + "\r\n")
        + "\r\n";
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  /** Not up to the end of the connection: it may come late, or as a reset if more was sent. */
  private static Reply read(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (!bytes.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("no answer: " + bytes);
      }
      bytes.write(next);
    }
    Reply head = new Reply(bytes.toString(ISO_8859_1));
    String length = head.header("content-length");
    bytes.write(length.isEmpty() ? in.readAllBytes() : in.readNBytes(Integer.parseInt(length)));
    return new Reply(bytes.toString(ISO_8859_1));
  }

  private Reply send(byte[] head, byte[] body) {
    try (Socket socket = connect()) {
      OutputStream out = socket.getOutputStream();
      out.write(head);
      out.write(body);
      return read(socket.getInputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends one request, as it is written, and reads all that comes until the other side closes. */
  Reply sendUntilClosed(String request) {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(bytes(request));
      return new Reply(new String(socket.getInputStream().readAllBytes(), ISO_8859_1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends requests, as they are written, by one connection, each after the answer before. */
  List<Reply> sendInTurn(String... requests) {
    List<Reply> replies = new ArrayList<>();
    try (Socket socket = connect()) {
      for (String request : requests) {
        socket.getOutputStream().write(bytes(request));
        replies.add(read(socket.getInputStream()));
      }
      return replies;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(url.getHost(), url.getPort());
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }
}
