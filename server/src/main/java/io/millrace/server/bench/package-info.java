/** The load client: calls a running server on schedule, and says how fast it answered. */
@NullMarked
package io.millrace.server.bench;

import org.jspecify.annotations.NullMarked;
