package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.app.Shell.Ended;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The programs and commands of {@code clients/} do with the real server what their documents say.
 * Programs are built in a copy of the sources, where no stub of an earlier {@code proto/} lies.
 */
final class ClientsIT {
  private static final Path CHECKOUT = RunningServer.CHECKOUT.toAbsolutePath().normalize();
  private static final Path MODELS = CHECKOUT.resolve("model-repo");

  @TempDir static Path sources;
  private static RunningServer server;

  /** What each program needs, in words and as a command in the sources that succeeds with it. */
  enum Language {
    JAVA("Maven 3.8", "mvn -v"),
    PYTHON(
        "Python 3.9 with venv",
        "python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 9))'"),
    GO("Go 1.25", "cd clients/go && go list -m"),
    TYPESCRIPT(
        "Node.js 20 with npm",
        "npm -v && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'");

    private final String needs;
    private final String probe;

    Language(String needs, String probe) {
      this.needs = needs;
      this.probe = probe;
    }

    String folder() {
      return "clients/" + name().toLowerCase(Locale.ROOT);
    }

    ReadmeExample example() throws IOException {
      return ReadmeExample.in(CHECKOUT.resolve(folder()).resolve("README.md")).get(0);
    }
  }

  @BeforeAll
  static void start() throws Exception {
    Ended copy =
        new Shell(CHECKOUT)
            .run(
                "tar -cf - --exclude=target --exclude=generated --exclude=build --exclude=.venv"
                    + " --exclude=node_modules pom.xml .mvn proto clients server/pom.xml"
                    + " | tar -C '"
                    + sources
                    + "' -xf -");
    assertThat(copy.exitCode()).as(copy.err()).isZero();
    server = RunningServer.start(MODELS);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @EnumSource
  void program_printsWhatItsReadmeShows_andSaysThatAServerIsAbsent(Language language)
      throws Exception {
    Shell shell = new Shell(sources);
    require(shell, language.needs + ", for " + language.folder(), language.probe);
    ReadmeExample example = language.example();

    Ended served = shell.run(example.command() + " 127.0.0.1:" + server.port());
    assertThat(example.fits(served.out())).as("%s: %s", example, served).isTrue();
    assertThat(served.exitCode()).isZero();

    String nowhere = "127.0.0.1:" + closedPort();
    Ended alone = shell.run(withoutBuilding(example.command()) + " " + nowhere);
    assertThat(alone.exitCode()).as(alone.toString()).isEqualTo(1);
    assertThat(alone.out()).isEmpty();
    assertThat(alone.err().lines()).contains("no server answers at " + nowhere);
    assertThat(alone.err()).doesNotContain("    at ", "\tat ", "Traceback", "goroutine");
  }

  @Test
  void grpcurl_printsWhatItsReadmeShows() throws Exception {
    require(new Shell(CHECKOUT), "grpcurl", "grpcurl --version");
    run(document("grpcurl"), "127.0.0.1:8001", "127.0.0.1:" + server.port());
  }

  @Test
  void curl_printsWhatItsReadmeShows() throws Exception {
    require(new Shell(CHECKOUT), "curl 7.76", "curl --fail-with-body --version");
    try (RunningServer withEnvoy = RunningServer.startWithEnvoy(MODELS)) {
      String rest = URI.create(withEnvoy.restUrl()).getAuthority();
      run(document("curl"), "127.0.0.1:8000", rest);
    }
  }

  @Test
  void readme_showsTheProgramInPythonAsItsOwnReadmeDoes() throws IOException {
    ReadmeExample python = Language.PYTHON.example();

    assertThat(Files.readString(CHECKOUT.resolve("README.md")))
        .contains("```console\n$ " + python.command() + "\n" + python.expected() + "```\n");
  }

  private static Path document(String client) {
    return CHECKOUT.resolve("clients/" + client + "/README.md");
  }

  private static void require(Shell shell, String what, String probe) throws Exception {
    Requirement.check(shell.run(probe).exitCode() == 0, what);
  }

  private static void run(Path document, String usualAddress, String address) throws Exception {
    SoftAssertions softly = new SoftAssertions();
    for (ReadmeExample example : ReadmeExample.in(document)) {
      Ended ended = new Shell(CHECKOUT).run(example.command().replace(usualAddress, address));
      softly
          .assertThat(example.fits(ended.out() + ended.err()))
          .as("%s: %s", example, ended)
          .isTrue();
    }
    softly.assertAll();
  }

  /** The last step of a command, in the folder that the first goes to. */
  private static String withoutBuilding(String command) {
    List<String> steps = List.of(command.split("\\s*&&\\s*"));
    String last = steps.get(steps.size() - 1);
    return steps.get(0).startsWith("cd ") ? steps.get(0) + " && " + last : last;
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
