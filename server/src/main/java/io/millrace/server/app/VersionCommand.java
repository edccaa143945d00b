package io.millrace.server.app;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code millrace version}. */
@Command(name = "version", description = "Print the versions of Millrace, Java and the engines")
final class VersionCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    for (String line : new Versions().getVersion()) {
      System.out.println(line);
    }
    return Main.EXIT_OK;
  }
}
