package io.millrace.benchmarks;

/**
 * One start.
 *
 * @param millis from the start of the command to its first right answer
 * @param cpuMillis what the server, with what started it, had used of the processors by then
 * @param megabytes resident after some hundred calls
 */
record StartSample(double millis, double cpuMillis, double megabytes) {}
