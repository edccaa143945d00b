package io.millrace.server.engine;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Native memory that holds one input of one instance, run after run, unless the input is in such
 * memory already. It grows to the largest input and shrinks when that was long ago. Confined to the
 * instance's thread.
 */
public final class InputBuffer {
  private static final int ALIGNMENT = 64;

  /** An image fits; what is larger takes longer to compute than its memory to get anew. */
  private static final int MOST_KEPT_IDLE_BYTES = 1 << 20;

  private static final ByteBuffer NONE = ByteBuffer.allocateDirect(0);

  /** After so many inputs in a row that needed less than a quarter, the memory is given back. */
  static final int SMALL_RUNS_BEFORE_SHRINKING = 256;

  private ByteBuffer memory = NONE;
  private int smallRuns;

  /**
   * The values of an input in native memory. They are copied, unless they are those of one request
   * that stand there as they must.
   *
   * @return a direct little-endian buffer that begins at a multiple of 64 bytes; the next call may
   *     overwrite it, and it lives no longer than the input
   * @throws ServingException with SERVER_OVERLOADED if no memory is left
   */
  public ByteBuffer place(RunInput input) {
    if (input.parts().size() == 1) {
      ByteBuffer values = input.parts().get(0).data();
      if (values.isDirect() && values.alignmentOffset(0, ALIGNMENT) == 0) {
        return values;
      }
    }
    return copy(input);
  }

  private ByteBuffer copy(RunInput input) {
    int size = Math.toIntExact(Math.min(input.bytes(), Integer.MAX_VALUE));
    if (size > memory.capacity() || isLongTooLarge(size)) {
      memory = allocate(size);
      smallRuns = 0;
    }
    ByteBuffer copy = memory.slice(0, size).order(ByteOrder.LITTLE_ENDIAN);
    input.parts().forEach(part -> copy.put(part.data()));
    return copy.flip();
  }

  /** Lets go of memory that is not small, as its input is not needed any more. */
  public void giveBack() {
    if (memory.capacity() > MOST_KEPT_IDLE_BYTES) {
      memory = NONE;
      smallRuns = 0;
    }
  }

  int capacity() {
    return memory.capacity();
  }

  private boolean isLongTooLarge(int size) {
    smallRuns = size < memory.capacity() / 4 ? smallRuns + 1 : 0;
    return smallRuns >= SMALL_RUNS_BEFORE_SHRINKING;
  }

  private static ByteBuffer allocate(int size) {
    try {
      // An aligned slice loses up to one alignment at each end.
      return ByteBuffer.allocateDirect(Math.addExact(size, 2 * ALIGNMENT)).alignedSlice(ALIGNMENT);
    } catch (OutOfMemoryError | ArithmeticException e) {
      throw ServingException.failure(
          Reason.SERVER_OVERLOADED, "no memory is left for an input of " + size + " bytes", e);
    }
  }
}
