package io.millrace.server.bench;

import io.millrace.v1.PredictRequest;
import java.util.List;
import java.util.Map;

/** What the calls carry. */
public sealed interface Inputs permits Inputs.Random, Inputs.Given, Inputs.Body {
  /**
   * Values made up from what the server tells of the model.
   *
   * @param rows the size of the first dimension where the model leaves it open
   * @param shapes of inputs whose other dimensions are open too, by name
   */
  record Random(int rows, Map<String, List<Long>> shapes) implements Inputs {
    public Random {
      shapes = Map.copyOf(shapes);
    }
  }

  /** These requests in turn. */
  record Given(List<PredictRequest> requests) implements Inputs {
    public Given {
      requests = List.copyOf(requests);
    }
  }

  /**
   * This body of REST, as it is.
   *
   * @param rows that it holds
   */
  record Body(String json, long rows) implements Inputs {}
}
