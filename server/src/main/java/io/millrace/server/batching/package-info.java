/** Queues the requests of one version and runs them on its instances. */
@NullMarked
package io.millrace.server.batching;

import org.jspecify.annotations.NullMarked;
