package io.millrace.server.model;

/** What is said of a tensor before its values: enough to tell whether a model takes it. */
public interface TensorHead {
  String name();

  DataType dtype();

  /** A shape without open sizes. */
  Shape shape();
}
