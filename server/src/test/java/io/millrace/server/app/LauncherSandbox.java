package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A folder with a copy of the launcher and a PATH that holds nothing but the few tools it may use
 * and the stubs that a test puts there. Confined to one test.
 */
final class LauncherSandbox {
  /** All that the launcher may need besides Java, Maven and a JDK. */
  private static final List<String> TOOLS =
      List.of(
          "cat",
          "date",
          "dirname",
          "find",
          "head",
          "ln",
          "mkdir",
          "mv",
          "ps",
          "readlink",
          "rm",
          "sed",
          "sleep",
          "tail",
          "wc");

  private final Path root;
  private final Map<String, String> environment = new TreeMap<>();

  private LauncherSandbox(Path root) {
    this.root = root;
  }

  /** A folder like an unpacked archive; its one jar is empty. */
  static LauncherSandbox unpacked(Path folder) throws IOException {
    LauncherSandbox sandbox = create(folder);
    sandbox.write("home/lib/millrace-server-9.9.9.jar", "");
    return sandbox;
  }

  /** A folder like a checkout that was never built. */
  static LauncherSandbox checkout(Path folder) throws IOException {
    LauncherSandbox sandbox = create(folder);
    sandbox.write("home/pom.xml", "<project>\n  <version>9.9.9</version>\n</project>\n");
    sandbox.write("home/server/pom.xml", "<project/>\n");
    sandbox.write("home/server/src/main/java/A.java", "class A {}\n");
    return sandbox;
  }

  private static LauncherSandbox create(Path folder) throws IOException {
    LauncherSandbox sandbox = new LauncherSandbox(Files.createDirectories(folder).toRealPath());
    Files.createDirectories(sandbox.home());
    Files.createDirectories(sandbox.path("bin"));
    for (String tool : TOOLS) {
      sandbox.command(tool, "exec '" + onPath(tool).orElseThrow() + "' \"$@\"");
    }
    Path checkout = Path.of(System.getProperty("millrace.checkout"));
    Files.copy(
        checkout.resolve("millrace"),
        sandbox.launcher(),
        StandardCopyOption.COPY_ATTRIBUTES,
        StandardCopyOption.REPLACE_EXISTING);
    sandbox.environment.put("PATH", sandbox.path("bin").toString());
    return sandbox;
  }

  static Optional<Path> onPath(String tool) {
    return Pattern.compile(":")
        .splitAsStream(System.getenv("PATH"))
        .map(folder -> Path.of(folder, tool))
        .filter(Files::isExecutable)
        .findFirst();
  }

  Path path(String relative) {
    return root.resolve(relative);
  }

  Path home() {
    return path("home");
  }

  Path launcher() {
    return path("home/millrace");
  }

  LauncherSandbox with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** Puts a shell script of this name on the PATH. */
  LauncherSandbox command(String name, String... body) throws IOException {
    return executable("bin/" + name, body);
  }

  LauncherSandbox executable(String relative, String... body) throws IOException {
    Path file = write(relative, "#!/bin/sh\n" + String.join("\n", body) + "\n");
    if (!file.toFile().setExecutable(true)) {
      throw new IOException("cannot make " + file + " executable");
    }
    return this;
  }

  /** A Java that tells this as its version, and else prints how it was called. */
  LauncherSandbox java(String... versionLines) throws IOException {
    return command("java", javaBody(versionLines));
  }

  static String[] javaBody(String... versionLines) {
    List<String> body = new ArrayList<>();
    body.add("if [ \"$1\" = -version ]; then");
    for (String line : versionLines) {
      body.add("  echo '" + line + "' >&2");
    }
    body.add("  exit 0");
    body.add("fi");
    body.add("echo \"pid=$$\"");
    body.add("echo \"home=$MILLRACE_HOME\"");
    body.add("echo \"omp=$OMP_NUM_THREADS\"");
    body.add("printf '[%s]\\n' \"$@\"");
    body.add("exit \"${FAKE_EXIT:-0}\"");
    return body.toArray(String[]::new);
  }

  Path write(String relative, String text) throws IOException {
    Path file = path(relative);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  Finished run(String... arguments) throws IOException, InterruptedException {
    return finish(start(launcher(), home(), arguments));
  }

  Started start(Path launcher, Path workingFolder, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile(root, "run", ".out");
    Path err = Files.createTempFile(root, "run", ".err");
    ProcessBuilder builder = new ProcessBuilder(command).directory(workingFolder.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    return new Started(builder.start(), out, err);
  }

  static Finished finish(Started started) throws IOException, InterruptedException {
    if (!started.process().waitFor(60, TimeUnit.SECONDS)) {
      started.process().destroyForcibly();
      throw new IllegalStateException("the launcher did not end: " + read(started.err()));
    }
    return new Finished(
        started.process().exitValue(),
        started.process().pid(),
        read(started.out()),
        read(started.err()));
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, UTF_8);
  }

  /** A launcher that runs. */
  record Started(Process process, Path out, Path err) {}

  /** What a launcher left. */
  record Finished(int exitCode, long pid, String out, String err) {}
}
