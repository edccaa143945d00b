package io.millrace.server.bench;

/** What is put on the server at a time. */
public sealed interface Load permits ClosedLoop, OpenLoop {}
