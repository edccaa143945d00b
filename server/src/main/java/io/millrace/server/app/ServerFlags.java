package io.millrace.server.app;

import java.util.List;
import picocli.CommandLine;

/**
 * The flags of {@code serve} beside its folder. They are texts here: the settings' own rules read
 * them, as they read the environment and the file, and {@link ServerOptions} holds the defaults
 * that the descriptions name.
 */
final class ServerFlags {
  private static final List<Flag> ALL =
      List.of(
          new Flag("grpc-port", "PORT", "gRPC port, 0 for a free one; default 8001"),
          new Flag("rest-port", "PORT", "Envoy's port, 0 for a free one; default 8000"),
          new Flag("no-envoy", "", "serve gRPC alone"),
          new Flag(
              "envoy",
              "FILE",
              "the Envoy to run, 1.36 or newer; default what envoy/get-envoy finds"),
          new Flag(
              "metrics-port",
              "PORT",
              "HTTP port of /metrics, /healthz and /readyz, 0 for a free one; default 8002"),
          new Flag("host", "ADDRESS", "address to listen on; default 127.0.0.1"),
          new Flag(
              "profile",
              "NAME",
              "laptop (default), or production: no TorchScript, no reflection, 16MiB messages,"
                  + " 5s drain delay"),
          new Flag("config", "FILE", "YAML file with settings"),
          new Flag("log-format", "NAME", "text (default) or json: how the log is written"),
          new Flag("access-log", "NAME", "off (default), text or json: a line for each call"),
          new Flag(
              "model-control",
              "NAME",
              "poll (default): the folder decides, calls may overrule it; explicit: only what calls"
                  + " ask for; none: what is there at the start, for good"),
          new Flag(
              "admin-from",
              "NAME",
              "loopback (default) or anywhere: who may load, unload and label models"),
          new Flag("scan-interval", "TIME", "how often the folder is read; default 1s"),
          new Flag("load-threads", "NUMBER", "versions that load at the same time; default 2"),
          new Flag(
              "load-timeout", "TIME", "how long a load may take before it is given up; default 2m"),
          new Flag(
              "load-retries",
              "NUMBER",
              "how often a load that failed is tried again where that may help; default 5"),
          new Flag(
              "load-retry-delay",
              "TIME",
              "the pause before the first retry, doubled each time up to 5m; default 5s"),
          new Flag(
              "model-memory-budget",
              "SIZE",
              "memory for all models, by estimates; default 80 %% of the machine's without the"
                  + " heap"),
          new Flag(
              "canary",
              "NAME",
              "off (default on a laptop), without-manifest or all: which new versions are tried in"
                  + " a process of their own first"),
          new Flag("canary-timeout", "TIME", "what such a trial may take; default 2m"),
          new Flag("canary-memory", "SIZE", "what such a process may take; default 4GiB"),
          new Flag(
              "allow-torchscript",
              "",
              "serve TorchScript, which is code; default true on a laptop"),
          new Flag("strict-manifest", "", "serve versions with a manifest.json only"),
          new Flag(
              "allow-links", "", "follow symbolic links in the folder, as Kubernetes makes them"),
          new Flag(
              "max-message-size",
              "SIZE",
              "largest request and response; default 64MiB on a laptop"),
          new Flag(
              "max-rows",
              "NUMBER",
              "most rows of one call; default 50000, since an engine's memory grows with them"),
          new Flag(
              "reflection",
              "",
              "let grpcurl list and describe the services; default true on a laptop"),
          new Flag(
              "drain-delay",
              "TIME",
              "how long calls are still taken after a stop was announced; default 0s on a laptop"),
          new Flag(
              "stop-timeout",
              "TIME",
              "how long running calls may take to end at a stop; default 30s"),
          new Flag(
              "cache-dir",
              "DIR",
              "where native libraries are unpacked; default in $XDG_CACHE_HOME or ~/.cache"));

  private ServerFlags() {}

  /** Gives the command itself. */
  static CommandLine addTo(CommandLine command) {
    ALL.forEach(flag -> command.getCommandSpec().addOption(flag.spec()));
    return command;
  }
}
