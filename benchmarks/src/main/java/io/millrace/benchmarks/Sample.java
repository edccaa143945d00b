package io.millrace.benchmarks;

/**
 * One measurement of one contender.
 *
 * @param cpuMicros of the server, for each answered request
 * @param envoyMicros of Envoy before it, for each answered request
 * @param perSecond answered requests
 * @param p50Micros the latency of half of them
 * @param p99Micros the latency of all but one in a hundred
 */
record Sample(
    double cpuMicros, double envoyMicros, double perSecond, double p50Micros, double p99Micros) {}
