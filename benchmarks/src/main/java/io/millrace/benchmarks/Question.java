package io.millrace.benchmarks;

import ai.onnxruntime.OrtException;
import io.millrace.server.bench.Protocol;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** A request of Predict and what tells its right answer from others. Immutable. */
final class Question {
  private static final int VARIANTS = 8;

  private final byte[] request;
  private final Predicate<byte[]> isRight;

  /**
   * @param request as it goes on the wire; never changed
   */
  Question(byte[] request, Predicate<byte[]> isRight) {
    this.request = request;
    this.isRight = isRight;
  }

  /** As it goes on the wire; not to be changed. */
  byte[] request() {
    return request;
  }

  Predicate<byte[]> isRight() {
    return isRight;
  }

  /** Some of different values, so that one call's answer is wrong for the next. */
  static List<Question> of(Path repository, Workload workload) throws OrtException {
    List<Question> questions = new ArrayList<>();
    for (int seed = 1; seed <= VARIANTS; seed++) {
      ByteBuffer values = workload.inputValues(seed);
      try (RawModel model = RawModel.open(repository, workload, values)) {
        model.run();
        byte[] request = workload.request(seed).toByteArray();
        questions.add(new Question(request, new Answers(Protocol.PREDICT, model.answer())));
      }
    }
    return questions;
  }
}
