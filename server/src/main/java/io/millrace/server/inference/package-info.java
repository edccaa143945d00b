/** The one call that every door ends in: choose a version, check the request, run it. */
@NullMarked
package io.millrace.server.inference;

import org.jspecify.annotations.NullMarked;
