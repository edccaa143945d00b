package io.millrace.server.engine.djl;

import ai.djl.Model;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.model.Signature;

/** A module in memory, which all instances share and which this owns. Thread-safe. */
record TorchScriptModel(Model model, Signature signature) implements LoadedModel {
  PtSymbolBlock block() {
    return (PtSymbolBlock) model.getBlock();
  }

  /** An owner for the native arrays of one call. */
  PtNDManager newManager() {
    return (PtNDManager) model.getNDManager().newSubManager();
  }

  @Override
  public ModelInstance newInstance() {
    return new TorchScriptInstance(this);
  }

  @Override
  public void close() {
    model.close();
  }
}
