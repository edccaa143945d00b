package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Talks to one Envoy through its admin interface, a socket file. Immutable. */
record EnvoyAdmin(Path socket) {
  private static final Logger log = LoggerFactory.getLogger(EnvoyAdmin.class);

  private static final Pattern PORT = Pattern.compile("\"port_value\":\\s*(\\d+)");
  private static final Pattern ACTIVE = Pattern.compile("downstream_(?:rq|cx)_active: (\\d+)");

  /** An Envoy that hangs must not keep the server from stopping. */
  private static final long PATIENCE_MILLIS = 2_000;

  /** Whether Envoy listens. */
  boolean isReady() {
    try {
      return call("GET", "/ready").startsWith("HTTP/1.1 200");
    } catch (IOException e) {
      // Not even the socket is there yet.
      return false;
    }
  }

  /** The port of the one listener. */
  int port() throws IOException {
    return number(PORT, call("GET", "/listeners?format=json"))
        .orElseThrow(() -> new IOException("Envoy tells no port"));
  }

  /** How many calls of clients it has taken and not answered. */
  int activeRequests() throws IOException {
    return number(ACTIVE, call("GET", "/stats?filter=http.door.downstream_rq_active")).orElse(0);
  }

  /** How many connections clients have open. */
  int activeConnections() throws IOException {
    return number(ACTIVE, call("GET", "/stats?filter=http.door.downstream_cx_active")).orElse(0);
  }

  /** From now on each answer asks its client to close the connection; calls are still taken. */
  void announceEnd() throws IOException {
    call("POST", "/drain_listeners?graceful&skip_exit");
  }

  /** No new connections. */
  void stopListening() throws IOException {
    call("POST", "/drain_listeners");
  }

  private static OptionalInt number(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find()
        ? OptionalInt.of(Integer.parseInt(matcher.group(1)))
        : OptionalInt.empty();
  }

  private String call(String method, String path) throws IOException {
    String request =
        "%s %s HTTP/1.1\r\nhost: envoy\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      CompletableFuture.delayedExecutor(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
          .execute(() -> close(channel));
      channel.connect(UnixDomainSocketAddress.of(socket));
      ByteBuffer bytes = ByteBuffer.wrap(request.formatted(method, path).getBytes(US_ASCII));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      return new String(Channels.newInputStream(channel).readAllBytes(), UTF_8);
    } catch (ClosedChannelException e) {
      throw new IOException("Envoy does not answer", e);
    }
  }

  /** Ends a wait on another thread: sockets of this kind know no time limit. */
  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("could not close a connection to Envoy", e);
    }
  }
}
