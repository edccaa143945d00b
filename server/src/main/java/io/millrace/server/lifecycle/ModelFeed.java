package io.millrace.server.lifecycle;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Tells watchers of every change of models, in order and without a gap: first what there is, or
 * what has changed since they looked last, then each change. {@link #watch} may come from any
 * thread; all else is confined to the lifecycle thread.
 */
public final class ModelFeed {
  /** So many changes can be caught up with; who missed more gets a snapshot. */
  static final int HISTORY = 4_096;

  private final Executor thread;
  private final Supplier<ServingIndex> index;
  private final String epoch;
  private final Deque<ModelChange> history = new ArrayDeque<>();
  private final Set<Watcher> watchers = new CopyOnWriteArraySet<>();
  private long count;

  /**
   * @param epoch tells the tokens of this feed from those of others, such as of an earlier process;
   *     without a dash
   */
  ModelFeed(Executor thread, Supplier<ServingIndex> index, String epoch) {
    this.thread = thread;
    this.index = index;
    this.epoch = epoch;
  }

  /** Hears of changes on the lifecycle thread; must return at once and not throw. */
  public interface Watcher {
    /**
     * The watch begins.
     *
     * @param first a snapshot, or the changes since the watcher's token
     */
    void begins(List<ModelChange> first);

    void changed(ModelChange change);
  }

  /**
   * Begins a watch.
   *
   * @param token of the last change that the watcher knows; anything else gives a snapshot
   */
  public void watch(String token, Watcher watcher) {
    thread.execute(
        () -> {
          watcher.begins(missed(token).orElseGet(this::snapshot));
          watchers.add(watcher);
        });
  }

  /** Ends a watch, from any thread; a change that is under way may still come. */
  public void unwatch(Watcher watcher) {
    // Behind its beginning, which may not have had its turn.
    thread.execute(() -> watchers.remove(watcher));
  }

  private Optional<List<ModelChange>> missed(String token) {
    OptionalLong seen = numberIn(token);
    if (seen.isEmpty() || seen.getAsLong() > count) {
      return Optional.empty();
    }
    long missed = count - seen.getAsLong();
    return missed > history.size()
        ? Optional.empty()
        : Optional.of(history.stream().skip(history.size() - missed).toList());
  }

  private OptionalLong numberIn(String token) {
    String prefix = epoch + "-";
    if (!token.startsWith(prefix) || !token.substring(prefix.length()).matches("[0-9]{1,18}")) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(Long.parseLong(token.substring(prefix.length())));
  }

  private String token() {
    return epoch + "-" + count;
  }

  private List<ModelChange> snapshot() {
    List<ModelChange> snapshot = new ArrayList<>();
    for (ModelStatus model : index.get().statuses()) {
      if (model.versions().isEmpty()) {
        snapshot.add(new ModelChange("", model.model(), Optional.empty(), model.labels()));
      }
      for (VersionStatus version : model.versions()) {
        snapshot.add(new ModelChange("", model.model(), Optional.of(version), model.labels()));
      }
    }
    snapshot.add(new ModelChange(token(), "", Optional.empty(), Map.of()));
    return snapshot;
  }

  /** What the manager is to tell of its changes. */
  VersionListener listener() {
    return new VersionListener() {
      @Override
      public void onVersionChanged(VersionStatus status) {
        String model = status.id().model();
        Map<String, Long> labels =
            index.get().status(model).map(ModelStatus::labels).orElse(Map.of());
        add(model, Optional.of(status), labels);
      }

      @Override
      public void onLabelsChanged(String model, Map<String, Long> labels) {
        add(model, Optional.empty(), labels);
      }

      @Override
      public void onReadinessChanged(boolean ready) {}
    };
  }

  private void add(String model, Optional<VersionStatus> version, Map<String, Long> labels) {
    count++;
    ModelChange change = new ModelChange(token(), model, version, labels);
    if (history.size() == HISTORY) {
      history.removeFirst();
    }
    history.addLast(change);
    watchers.forEach(watcher -> watcher.changed(change));
  }
}
