package io.millrace.server.security;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Decides whether a caller may do what it asks for. Immutable.
 *
 * <p>So far it knows one rule, by address: models are administered from this machine, unless the
 * setting {@code admin-from} opens that to all. Identities come here when there are any.
 */
public final class Authorizer {
  private final SecurityOptions options;

  public Authorizer(SecurityOptions options) {
    this.options = options;
  }

  /**
   * Who calls.
   *
   * @param peer the other end of the connection, if it has an address
   * @param forwardedFor the values of {@code x-forwarded-for}; a proxy puts the address that it was
   *     called from at the end, behind all that its caller made up
   * @param origins the values of the header by which a browser says whose page calls
   */
  public record Caller(
      Optional<InetAddress> peer, List<String> forwardedFor, List<String> origins) {
    private static final Pattern LOCAL_PAGE =
        Pattern.compile("https?://(localhost|127\\.0\\.0\\.1|\\[::1])(:[0-9]+)?");

    public Caller {
      forwardedFor = List.copyOf(forwardedFor);
      origins = List.copyOf(origins);
    }

    /**
     * Whether the call began on this machine. A proxy on this machine, such as our own Envoy, is a
     * peer on loopback for callers from everywhere, so the address that it appended counts as well.
     * So is a browser, which lets any page in the world send such orders in its user's name.
     */
    boolean isLocal() {
      return peer.filter(InetAddress::isLoopbackAddress).isPresent()
          && forwardedFor.stream().allMatch(Caller::endsLocally)
          && origins.stream().allMatch(LOCAL_PAGE.asMatchPredicate());
    }

    private static boolean endsLocally(String addresses) {
      String last = addresses.substring(addresses.lastIndexOf(',') + 1).strip();
      return IpAddress.parse(last).filter(InetAddress::isLoopbackAddress).isPresent();
    }
  }

  /**
   * Lets an operator through.
   *
   * @param what the caller asks for, such as {@code LoadModel}
   * @throws ServingException PERMISSION_DENIED, with what would allow it
   */
  public void requireAdmin(String what, Caller caller) {
    if (options.isAdminLocal() && !caller.isLocal()) {
      throw ServingException.refusal(
          Reason.PERMISSION_DENIED,
          ("%s is answered on loopback alone, and not to web pages from elsewhere: call 127.0.0.1 on"
                  + " the server's own machine, or start the server with --admin-from anywhere")
              .formatted(what));
    }
  }
}
