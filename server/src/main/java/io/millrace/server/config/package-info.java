/**
 * Reads settings from flags, environment and files into typed values and collects every problem.
 */
@NullMarked
package io.millrace.server.config;

import org.jspecify.annotations.NullMarked;
