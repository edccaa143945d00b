package io.millrace.benchmarks;

import io.millrace.server.bench.Protocol;

/** What is measured, in the order of the table. */
enum Contender {
  RAW("raw ONNX Runtime, in process", Protocol.PREDICT),
  ECHO("bare gRPC echo", Protocol.PREDICT),
  PREDICT("Millrace, Predict", Protocol.PREDICT),
  INFER("Millrace, ModelInfer", Protocol.INFER),
  TRACED("Millrace, Predict, 1 % of calls traced", Protocol.PREDICT),
  REST("Millrace, :predict by REST", Protocol.REST),
  NAIVE("naive server", Protocol.PREDICT);

  private final String words;
  private final Protocol protocol;

  Contender(String words, Protocol protocol) {
    this.words = words;
    this.protocol = protocol;
  }

  Protocol protocol() {
    return protocol;
  }

  /** For people. */
  @Override
  public String toString() {
    return words;
  }
}
