/** ONNX Runtime on the environment that Deep Java Library starts. */
@NullMarked
package io.millrace.server.engine.onnx;

import org.jspecify.annotations.NullMarked;
