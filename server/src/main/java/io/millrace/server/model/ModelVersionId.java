package io.millrace.server.model;

/** One version of one model; part of every key, metric and log line that concerns it. */
public record ModelVersionId(String model, long version) implements Comparable<ModelVersionId> {
  public ModelVersionId {
    if (!ModelName.isValid(model)) {
      throw new IllegalArgumentException("not a model name: " + Quote.of(model));
    }
    if (version < 1) {
      throw new IllegalArgumentException("a version is 1 or more, got " + version);
    }
  }

  @Override
  public int compareTo(ModelVersionId other) {
    int byModel = model.compareTo(other.model);
    return byModel != 0 ? byModel : Long.compare(version, other.version);
  }

  /** {@code iris/3}. */
  @Override
  public String toString() {
    return model + "/" + version;
  }
}
