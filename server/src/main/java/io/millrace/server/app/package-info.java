/** The composition root: command line, wiring, start and stop order. */
@NullMarked
package io.millrace.server.app;

import org.jspecify.annotations.NullMarked;
