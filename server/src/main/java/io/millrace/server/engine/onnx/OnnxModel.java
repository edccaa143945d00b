package io.millrace.server.engine.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;

/**
 * A session, which all instances share: the engine runs it on several threads at once. It owns the
 * session and the converter. Thread-safe.
 *
 * @param tellsSignature whether the configuration adds nothing to the file's signature
 */
record OnnxModel(
    OrtSession session, Signature signature, boolean tellsSignature, TensorConverter converter)
    implements LoadedModel {
  @Override
  public ModelInstance newInstance() {
    try {
      return new OnnxInstance(this, new RunSwitch());
    } catch (OrtException e) {
      throw ServingException.failure(
          Reason.SERVER_OVERLOADED, "no memory is left for another instance", e);
    }
  }

  /** A session is safe for any thread, and an instance is no more than memory for its inputs. */
  @Override
  public boolean runsOnAnyThread() {
    return true;
  }

  @Override
  public void close() {
    try (session) {
      converter.close();
    } catch (OrtException e) {
      throw new IllegalStateException("a session did not close", e);
    }
  }
}
