/** The OpenTelemetry SDK, its exporters, and the port that monitoring reads. */
@NullMarked
package io.millrace.server.telemetry;

import org.jspecify.annotations.NullMarked;
