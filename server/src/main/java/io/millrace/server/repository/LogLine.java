package io.millrace.server.repository;

import org.slf4j.event.Level;

/** One line to log. */
record LogLine(Level level, String text) {}
