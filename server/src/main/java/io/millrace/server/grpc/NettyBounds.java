package io.millrace.server.grpc;

import io.grpc.netty.NettyServerBuilder;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Builds Netty servers whose every resource that a peer can use up has a bound; the library leaves
 * several of them open.
 */
final class NettyBounds {
  /**
   * Streams that a peer may reset before its connection is closed. An attack by HTTP/2 "rapid
   * reset" sends as many in a few milliseconds; a proxy that brings many callers on one connection,
   * each with a deadline of its own, resets hundreds in good faith.
   */
  private static final int MAX_RESETS = 5_000;

  private static final int RESET_WINDOW_SECONDS = 10;
  private static final int HANDSHAKE_SECONDS = 10;
  private static final int KEEP_ALIVE_SECONDS = 60;
  private static final int KEEP_ALIVE_ANSWER_SECONDS = 20;
  private static final int LEAST_PING_INTERVAL_SECONDS = 30;

  /**
   * Log a stack for each message that is too long, each header that is too large or makes no sense,
   * each answer that comes after its stream was reset, and each connection that is closed for such
   * reasons, so that any caller could flood the log. Kept here because the logging system forgets
   * the level with the last reference.
   */
  private static final List<Logger> FLOODED =
      List.of(
          Logger.getLogger("io.grpc.netty.NettyServerStream"),
          Logger.getLogger("io.grpc.netty.NettyServerHandler"),
          Logger.getLogger("io.grpc.netty.NettyServerTransport"));

  static {
    FLOODED.forEach(logger -> logger.setLevel(Level.SEVERE));
  }

  private NettyBounds() {}

  static NettyServerBuilder builder(GrpcOptions options) {
    return NettyServerBuilder.forAddress(new InetSocketAddress(options.host(), options.port()))
        .directExecutor()
        .decompressorRegistry(MessageCoding.REGISTRY)
        // MessageTracer bounds messages, and gives a reason.
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .maxInboundMetadataSize(options.maxMetadataBytes())
        .maxConcurrentCallsPerConnection(options.maxConcurrentCallsPerConnection())
        .maxRstFramesPerWindow(MAX_RESETS, RESET_WINDOW_SECONDS)
        .handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS)
        .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
        .keepAliveTimeout(KEEP_ALIVE_ANSWER_SECONDS, TimeUnit.SECONDS)
        .permitKeepAliveTime(LEAST_PING_INTERVAL_SECONDS, TimeUnit.SECONDS);
  }
}
