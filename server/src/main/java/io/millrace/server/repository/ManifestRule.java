package io.millrace.server.repository;

/** Whether a version may be served without a {@code manifest.json}. */
enum ManifestRule {
  OPTIONAL,
  DEMANDED
}
