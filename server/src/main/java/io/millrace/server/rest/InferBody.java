package io.millrace.server.rest;

import io.millrace.server.model.CallParameters;
import io.millrace.server.model.Tensor;
import java.util.List;

/**
 * What an infer body of the Open Inference Protocol holds.
 *
 * @param id echoed in the answer; empty if there is none
 */
record InferBody(
    String id, List<Tensor> inputs, WantedOutputs outputs, CallParameters parameters) {}
