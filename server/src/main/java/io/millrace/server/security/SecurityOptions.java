package io.millrace.server.security;

import io.millrace.server.config.ConfigReader;

/**
 * Settings of who may do what. Immutable.
 *
 * @param adminFrom from where models may be loaded, unloaded and labelled
 */
public record SecurityOptions(AdminFrom adminFrom) {
  /** What holds where nothing is set. */
  public static final SecurityOptions DEFAULTS = new SecurityOptions(AdminFrom.LOOPBACK);

  /** Places to administer from. */
  public enum AdminFrom {
    /** This machine alone. */
    LOOPBACK,
    /** Wherever the server can be reached from. */
    ANYWHERE
  }

  /** Reads {@code admin-from}. */
  public static SecurityOptions from(ConfigReader reader) {
    return new SecurityOptions(reader.choice("admin-from", AdminFrom.LOOPBACK));
  }

  /** Whether only this machine may administer. */
  public boolean isAdminLocal() {
    return adminFrom == AdminFrom.LOOPBACK;
  }
}
