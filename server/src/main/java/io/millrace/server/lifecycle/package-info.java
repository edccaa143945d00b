/** Brings the versions that are wanted up, the others down, and lends the ones that serve. */
@NullMarked
package io.millrace.server.lifecycle;

import org.jspecify.annotations.NullMarked;
