package io.millrace.server.app;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Runs commands as a person types them: by sh, in a folder, with the Java of this test. */
record Shell(Path folder) {
  /** Long enough for a first run, which downloads and compiles what a client needs. */
  private static final long MINUTES = 5;

  Ended run(String command) throws IOException, InterruptedException {
    Path out = Files.createTempFile("millrace-shell", ".out");
    Path err = Files.createTempFile("millrace-shell", ".err");
    try {
      Process process = builder(command, out, err).start();
      if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        throw new AssertionError(command + "\nran for more than " + MINUTES + " minutes");
      }
      return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  private ProcessBuilder builder(String command, Path out, Path err) {
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", command)
            .directory(folder.toFile())
            .redirectInput(new File("/dev/null"))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    String java = System.getProperty("java.home");
    Path tools = RunningServer.CHECKOUT.resolve(".tools/bin");
    builder
        .environment()
        .merge("PATH", java + "/bin:" + tools, (path, first) -> first + ":" + path);
    builder.environment().put("JAVA_HOME", java);
    // It would switch Maven's lint on, and people who follow a README have not set it.
    builder.environment().remove("CI");
    return builder;
  }

  /** What a command left. */
  record Ended(int exitCode, String out, String err) {}
}
