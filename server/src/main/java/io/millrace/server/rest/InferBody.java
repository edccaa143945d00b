package io.millrace.server.rest;

import io.millrace.server.model.CallParameters;
import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.Tensor;
import java.util.List;

/**
 * What an infer body of the Open Inference Protocol holds.
 *
 * @param id echoed in the answer; empty if there is none
 * @param outputs names of the outputs to return; empty means all
 * @param classes which of them to tell as their highest classes
 */
record InferBody(
    String id,
    List<Tensor> inputs,
    List<String> outputs,
    CallParameters parameters,
    ClassCounts classes) {}
