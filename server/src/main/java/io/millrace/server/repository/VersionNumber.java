package io.millrace.server.repository;

import java.util.OptionalLong;
import java.util.regex.Pattern;

/** The rule for numbers of versions: a version has exactly one spelling, and fits a long. */
final class VersionNumber {
  static final long MAX = 999_999_999_999_999_999L;

  private static final Pattern VALID = Pattern.compile("[1-9][0-9]{0,17}");

  private VersionNumber() {}

  static OptionalLong parse(String name) {
    return VALID.matcher(name).matches()
        ? OptionalLong.of(Long.parseLong(name))
        : OptionalLong.empty();
  }
}
