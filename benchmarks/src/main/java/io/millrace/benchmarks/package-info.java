/** The server beside its limits and beside a naive server, on the same models in one run. */
@NullMarked
package io.millrace.benchmarks;

import org.jspecify.annotations.NullMarked;
