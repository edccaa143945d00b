package io.millrace.server.engine.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.millrace.server.model.DataType;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;

/**
 * Makes tensors of UINT16, UINT32 and UINT64, which the engine's Java binding cannot: the signed
 * tensor of the same bits goes through a cast inside the engine. Thread-safe.
 */
final class UnsignedCasts implements AutoCloseable {
  private final Map<DataType, OrtSession> casts = new EnumMap<>(DataType.class);
  private final NativeScope owned = new NativeScope();

  /**
   * @param dtypes the types that will be asked for; others than those three are passed over
   */
  UnsignedCasts(SessionFactory sessions, Collection<DataType> dtypes) throws OrtException {
    try {
      for (DataType dtype : dtypes) {
        if (needsCast(dtype) && !casts.containsKey(dtype)) {
          casts.put(dtype, owned.keep(sessions.open(tinyModel(dtype))));
        }
      }
    } catch (OrtException e) {
      owned.close();
      throw e;
    }
  }

  /** The tensor itself, or the unsigned one of the same bits, which lives as long as the scope. */
  OnnxTensor apply(DataType dtype, OnnxTensor carried, NativeScope scope) throws OrtException {
    OrtSession cast = casts.get(dtype);
    if (cast == null) {
      return carried;
    }
    return (OnnxTensor) scope.keep(cast.run(Map.of("x", carried))).get(0);
  }

  @Override
  public void close() {
    owned.close();
  }

  private static boolean needsCast(DataType dtype) {
    return dtype == DataType.UINT16 || dtype == DataType.UINT32 || dtype == DataType.UINT64;
  }

  private static byte[] tinyModel(DataType dtype) {
    return switch (dtype) {
      case UINT16 -> TinyModel.cast(TinyModel.INT16, TinyModel.UINT16);
      case UINT32 -> TinyModel.cast(TinyModel.INT32, TinyModel.UINT32);
      case UINT64 -> TinyModel.cast(TinyModel.INT64, TinyModel.UINT64);
      default -> throw new IllegalArgumentException("no cast to " + dtype);
    };
  }
}
