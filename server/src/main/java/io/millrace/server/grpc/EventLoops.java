package io.millrace.server.grpc;

import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.Future;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that read and write a server's connections and run what must not block. Each knows
 * itself as an {@link Executor}, whose tasks run when all that has been read is handled.
 * Thread-safe.
 */
final class EventLoops {
  private static final FastThreadLocal<Executor> CURRENT = new FastThreadLocal<>();
  private static final int QUIET_SECONDS = 0;
  private static final int CLOSE_SECONDS = 5;

  private final EventLoopGroup acceptor;
  private final EventLoopGroup workers;

  private EventLoops(EventLoopGroup acceptor, EventLoopGroup workers) {
    this.acceptor = acceptor;
    this.workers = workers;
  }

  /** As many as the machine has cores; the threads start with the first connections. */
  static EventLoops create() {
    EventLoopGroup workers = group("grpc-loop", Runtime.getRuntime().availableProcessors());
    return new EventLoops(group("grpc-accept", 1), workers);
  }

  private static EventLoopGroup group(String name, int threads) {
    return new MultiThreadIoEventLoopGroup(
        threads, new DefaultThreadFactory(name, true), handlers());
  }

  private static IoHandlerFactory handlers() {
    return Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
  }

  private static Class<? extends ServerChannel> channelType() {
    return Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
  }

  /** Has a server use them. */
  void addTo(NettyServerBuilder builder) {
    for (EventExecutor loop : workers) {
      loop.execute(() -> CURRENT.set(loop));
    }
    builder.bossEventLoopGroup(acceptor).workerEventLoopGroup(workers).channelType(channelType());
  }

  /** The one that runs the caller; empty on any other thread. */
  static Optional<Executor> current() {
    return Optional.ofNullable(CURRENT.get());
  }

  /** The thread that accepts connections: of all it has the least to do. */
  Executor acceptor() {
    return acceptor;
  }

  /** After the server has ended. Does not wait. */
  void close() {
    var unusedAcceptor = shutDown(acceptor);
    var unusedWorkers = shutDown(workers);
  }

  private static Future<?> shutDown(EventLoopGroup group) {
    return group.shutdownGracefully(QUIET_SECONDS, CLOSE_SECONDS, TimeUnit.SECONDS);
  }
}
