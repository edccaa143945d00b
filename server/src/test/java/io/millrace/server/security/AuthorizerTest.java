package io.millrace.server.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.security.Authorizer.Caller;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AuthorizerTest {
  private static Caller caller(String peer, String... forwardedFor) {
    try {
      return new Caller(Optional.of(InetAddress.getByName(peer)), List.of(forwardedFor), List.of());
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean allows(Caller caller) {
    return allows(SecurityOptions.DEFAULTS, caller);
  }

  private static boolean allows(SecurityOptions options, Caller caller) {
    try {
      new Authorizer(options).requireAdmin("LoadModel", caller);
      return true;
    } catch (ServingException refused) {
      assertThat(refused.reason()).isEqualTo(Reason.PERMISSION_DENIED);
      return false;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"})
  void loopback_mayAdminister(String peer) {
    assertThat(allows(caller(peer))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1", "192.168.1.9", "2001:db8::1", "::ffff:10.0.0.1"})
  void othersMayNot_whateverTheySayOfThemselves(String peer) {
    assertThat(allows(caller(peer))).isFalse();
    assertThat(allows(caller(peer, "127.0.0.1"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"127.0.0.1", "10.0.0.1, 127.0.0.1", "nonsense,::1", "10.0.0.1,127.0.0.1 "})
  void behindAProxy_theAddressThatItAppendedCounts(String forwardedFor) {
    assertThat(allows(caller("127.0.0.1", forwardedFor))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.1",
        "127.0.0.1, 10.0.0.1",
        "127.0.0.1,::ffff:10.0.0.1",
        "",
        "127.0.0.1,",
        "localhost",
        "127.0.0.1.example.org",
        "127.0.0.256",
        "127.0.1",
        "::1%eth0"
      })
  void behindAProxy_whatItAppendedForOthers_isRefused(String forwardedFor) {
    assertThat(allows(caller("127.0.0.1", forwardedFor))).isFalse();
  }

  @Test
  void ofSeveralHeaders_eachMustEndHere() {
    assertThat(allows(caller("127.0.0.1", "127.0.0.1", "127.0.0.1"))).isTrue();
    assertThat(allows(caller("127.0.0.1", "10.0.0.1", "127.0.0.1"))).isFalse();
    assertThat(allows(caller("127.0.0.1", "127.0.0.1", "10.0.0.1"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://localhost:3000", "https://127.0.0.1", "http://[::1]:8000"})
  void aPageOfThisMachine_may(String origin) {
    assertThat(allows(page(origin))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://example.org", "null", "", "http://localhost.example.org"})
  void aPageFromElsewhere_mayNot_thoughItsBrowserRunsHere(String origin) {
    assertThat(allows(page(origin))).isFalse();
  }

  private static Caller page(String origin) {
    return new Caller(Optional.of(InetAddress.getLoopbackAddress()), List.of(), List.of(origin));
  }

  @Test
  void aPeerWithoutAnAddress_mayNot() {
    assertThat(allows(new Caller(Optional.empty(), List.of(), List.of()))).isFalse();
  }

  @Test
  void fromAnywhere_allMay() {
    SecurityOptions open = new SecurityOptions(SecurityOptions.AdminFrom.ANYWHERE);

    assertThat(allows(open, caller("10.0.0.1"))).isTrue();
    assertThat(allows(open, caller("127.0.0.1", "10.0.0.1"))).isTrue();
  }

  @Test
  void theRefusal_saysWhatWouldBeAllowed() {
    assertThatThrownBy(
            () ->
                new Authorizer(SecurityOptions.DEFAULTS)
                    .requireAdmin("LoadModel", caller("10.0.0.1")))
        .hasMessageContaining("LoadModel")
        .hasMessageContaining("loopback")
        .hasMessageContaining("--admin-from anywhere");
  }
}
