package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.server.model.Shape;
import java.io.IOException;

/** Writes one output in its order. Confined to the thread that writes. */
interface OutputText {
  String name();

  /** Of the output as the model gave it. */
  Shape shape();

  /**
   * The next values in lists of lists.
   *
   * @param depth how many dimensions are around them already
   */
  void writeNested(JsonGenerator json, int depth) throws IOException;
}
