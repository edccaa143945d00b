package io.millrace.server.image;

import io.millrace.server.model.ServingException;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadProgressListener;
import javax.imageio.event.IIOReadWarningListener;
import org.jspecify.annotations.Nullable;

/**
 * Ends a decoding whose caller has gone, and hears what the reader complains of. Confined to the
 * thread that decodes.
 */
final class ReadWatch implements IIOReadProgressListener, IIOReadWarningListener {
  private final Runnable refuseIfOver;
  private @Nullable ServingException over;
  private boolean isWarned;

  /**
   * @param refuseIfOver throws when the caller has gone
   */
  ReadWatch(Runnable refuseIfOver) {
    this.refuseIfOver = refuseIfOver;
  }

  /** What ended the decoding, if anything did. */
  void rethrow() {
    if (over != null) {
      throw over;
    }
  }

  /** Whether the reader has read on though something was wrong. */
  boolean isWarned() {
    return isWarned;
  }

  @Override
  public void warningOccurred(ImageReader reader, String warning) {
    isWarned = true;
  }

  @Override
  public void imageProgress(ImageReader reader, float percentageDone) {
    try {
      refuseIfOver.run();
    } catch (ServingException e) {
      over = e;
      reader.abort();
    }
  }

  @Override
  public void sequenceStarted(ImageReader reader, int minIndex) {}

  @Override
  public void sequenceComplete(ImageReader reader) {}

  @Override
  public void imageStarted(ImageReader reader, int index) {}

  @Override
  public void imageComplete(ImageReader reader) {}

  @Override
  public void thumbnailStarted(ImageReader reader, int index, int thumbnailIndex) {}

  @Override
  public void thumbnailProgress(ImageReader reader, float percentageDone) {}

  @Override
  public void thumbnailComplete(ImageReader reader) {}

  @Override
  public void readAborted(ImageReader reader) {}
}
