package io.millrace.server.grpc;

import io.millrace.server.model.Tensor;
import java.util.function.Supplier;

/**
 * A tensor of a TensorFlow client whose values are still to be made.
 *
 * @param newBytes what they take beyond the memory of the message; 0 if it has them all
 * @param values makes them
 */
record TensorFlowTensor(TensorCodec.Head head, long newBytes, Supplier<Tensor> values) {}
