package io.millrace.server.model;

/**
 * Why a call or a version failed, in words that programs can rely on. Each reason has one gRPC
 * code; the doors know it.
 */
public enum Reason {
  /** The request breaks the protocol, or a name in it breaks the rule for names. */
  REQUEST_MALFORMED,
  TENSOR_SHAPE_MISMATCH,
  TENSOR_DTYPE_MISMATCH,
  /** The bytes or values of a tensor are not as many as its shape says. */
  TENSOR_SIZE_MISMATCH,
  TENSOR_MISSING,
  TENSOR_DUPLICATE,
  PARAMETER_INVALID,
  MODEL_NOT_FOUND,
  VERSION_NOT_FOUND,
  /** Known, and its first load is under way. */
  MODEL_LOADING,
  /** Known, and an operator must mend it. */
  MODEL_LOAD_FAILED,
  /** A version's load took too long and was given up. */
  MODEL_LOAD_TIMEOUT,
  /** A version answers a request among its samples otherwise than the sample says. */
  MODEL_SAMPLE_MISMATCH,
  /** A version failed too often in a row; new files or a reload bring another attempt. */
  MODEL_QUARANTINED,
  /** A version would take more memory than all models together may. */
  MEMORY_BUDGET_EXCEEDED,
  /** The label points elsewhere than its mover thought. */
  LABEL_MOVED,
  /** Another configuration of all models waits for its turn already. */
  CONFIGURATION_WAITING,
  /** The caller may not do this; the message says what would allow it. */
  PERMISSION_DENIED,
  /** A watcher read so slowly that changes were lost to it; it can resume. */
  WATCHER_TOO_SLOW,
  /** The queue of the model on this server is full. */
  MODEL_QUEUE_FULL,
  SERVER_OVERLOADED,
  SERVER_STARTING,
  SERVER_DRAINING,
  MESSAGE_TOO_LARGE,
  TOO_MANY_TENSORS,
  DEADLINE_IN_QUEUE,
  DEADLINE_IN_ENGINE,
  CALL_CANCELLED,
  UNSUPPORTED_OPERATION,
  /** The engine failed on input that the signature allows. */
  ENGINE_ERROR,
  /** A fault of the server's own. */
  INTERNAL_ERROR
}
