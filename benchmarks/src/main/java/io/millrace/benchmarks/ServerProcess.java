package io.millrace.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A server in a process of its own on its own core, and what it has used of that core. */
final class ServerProcess implements AutoCloseable {
  /** Begins the line by which a server says that it serves; its port comes behind it. */
  static final String READY = "ready ";

  private static final long STOP_SECONDS = 30;

  private final String name;
  private final Process process;
  private final BufferedReader output;
  private final PrintStream input;

  private ServerProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    this.output = process.inputReader(UTF_8);
    this.input = new PrintStream(process.getOutputStream(), true, UTF_8);
  }

  /**
   * Starts a command.
   *
   * @param cores as taskset writes them; empty for any
   */
  static ServerProcess start(String name, String cores, List<String> command) throws IOException {
    return start(name, cores, command, new Surroundings(Map.of(), ProcessBuilder.Redirect.INHERIT));
  }

  /**
   * What a command gets of its parent.
   *
   * @param variables beside those of this process
   * @param log where its standard error goes
   */
  record Surroundings(Map<String, String> variables, ProcessBuilder.Redirect log) {}

  /**
   * Starts a command.
   *
   * @param cores as taskset writes them; empty for any
   */
  static ServerProcess start(
      String name, String cores, List<String> command, Surroundings surroundings)
      throws IOException {
    List<String> pinned = new ArrayList<>();
    if (!cores.isEmpty()) {
      // taskset becomes the command, so the process id is the server's.
      pinned.addAll(List.of("taskset", "-c", cores));
    }
    pinned.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(pinned);
    builder.environment().putAll(surroundings.variables());
    builder.redirectError(surroundings.log());
    return new ServerProcess(name, builder.start());
  }

  /** For the servers: says that they serve, and blocks until whoever started them is gone. */
  static void announceAndWait(int port) throws IOException {
    System.out.println(READY + port);
    while (System.in.read() >= 0) {
      // Nothing is expected.
    }
  }

  /** Waits for a line of its output that begins so, and gives the rest of it. */
  String await(String beginning) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(beginning)) {
        return line.substring(beginning.length()).strip();
      }
    }
    throw new IOException(name + " ended before it printed '" + beginning + "'");
  }

  /** Sends a line and reads one. */
  String ask(String line) throws IOException {
    input.println(line);
    String answer = output.readLine();
    if (answer == null) {
      throw new IOException(name + " ended");
    }
    return answer;
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /** What it prints from now on is of no interest, but must not fill the pipe. */
  void ignoreOutput() {
    Thread reader = new Thread(() -> output.lines().forEach(line -> {}), "output-of-" + name);
    reader.setDaemon(true);
    reader.start();
  }

  @Override
  public void close() {
    input.close();
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
