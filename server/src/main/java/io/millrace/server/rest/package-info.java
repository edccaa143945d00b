/** The door for HTTP bodies: TensorFlow Serving's JSON and the Open Inference Protocol's. */
@NullMarked
package io.millrace.server.rest;

import org.jspecify.annotations.NullMarked;
