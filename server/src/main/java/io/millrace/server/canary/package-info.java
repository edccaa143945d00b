/** Tries new models in a process of their own, so that one that crashes costs nobody else. */
@NullMarked
package io.millrace.server.canary;

import org.jspecify.annotations.NullMarked;
