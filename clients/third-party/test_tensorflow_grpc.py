"""tensorflow-serving-api, the stubs that TensorFlow Serving's users have, without TensorFlow itself.

Their `tf.make_tensor_proto` writes the values of an array into tensor_content, and those of lists and texts into the list
of their type; both forms are sent here. `tf.make_ndarray` reads the answer's lists.
"""

import grpc
import numpy as np
import pytest
from sample_models import (
    ONE,
    PATIENTS,
    REPOSITORY,
    SETOSA_AND_VIRGINICA,
    SPECIES,
    TEXTS,
    VALUES,
    assert_answer,
    diabetes,
    digits,
    iris,
)
from tensorflow.core.framework import tensor_pb2, types_pb2
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
)

SECONDS = 30
# The number of each type, and the list that has its values.
TYPES = {
    "BOOL": (types_pb2.DT_BOOL, "bool_val"),
    "UINT8": (types_pb2.DT_UINT8, "int_val"),
    "UINT16": (types_pb2.DT_UINT16, "int_val"),
    "UINT32": (types_pb2.DT_UINT32, "uint32_val"),
    "UINT64": (types_pb2.DT_UINT64, "uint64_val"),
    "INT8": (types_pb2.DT_INT8, "int_val"),
    "INT16": (types_pb2.DT_INT16, "int_val"),
    "INT32": (types_pb2.DT_INT32, "int_val"),
    "INT64": (types_pb2.DT_INT64, "int64_val"),
    "FP16": (types_pb2.DT_HALF, "half_val"),
    "FP32": (types_pb2.DT_FLOAT, "float_val"),
    "FP64": (types_pb2.DT_DOUBLE, "double_val"),
    "BYTES": (types_pb2.DT_STRING, "string_val"),
}


@pytest.fixture
def channel(address):
    with grpc.insecure_channel(address) as channel:
        yield channel


@pytest.fixture
def predictions(channel):
    return prediction_service_pb2_grpc.PredictionServiceStub(channel)


@pytest.fixture
def models(channel):
    return model_service_pb2_grpc.ModelServiceStub(channel)


def proto(array, datatype="FP32", in_content=True):
    dtype, field = TYPES[datatype]
    tensor = tensor_pb2.TensorProto(dtype=dtype)
    for size in array.shape:
        tensor.tensor_shape.dim.add(size=size)
    if in_content and datatype != "BYTES":
        tensor.tensor_content = array.tobytes()
    else:
        values = array.view(np.uint16) if datatype == "FP16" else array
        getattr(tensor, field).extend(values.ravel().tolist())
    return tensor


def ndarray(tensor, datatype="FP32"):
    dtype, field = TYPES[datatype]
    assert tensor.dtype == dtype
    values = list(getattr(tensor, field))
    array = np.array(values, np.uint16 if datatype == "FP16" else VALUES[datatype].dtype)
    array = array.view(np.float16) if datatype == "FP16" else array
    return array.reshape([dim.size for dim in tensor.tensor_shape.dim])


def predict(model, tensor, name="features", **spec):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model
    request.model_spec.signature_name = "serving_default"
    if "version" in spec:
        request.model_spec.version.value = spec["version"]
    if "label" in spec:
        request.model_spec.version_label = spec["label"]
    request.inputs[name].CopyFrom(tensor)
    return request


def assert_classified(expected, outputs):
    kinds = {"label": "INT64", "probabilities": "FP32"}
    assert_answer(expected, lambda name: ndarray(outputs[name], kinds[name]))


def test_iris_answers_as_numpy_does(predictions):
    response = predictions.Predict(predict("iris", proto(SETOSA_AND_VIRGINICA)), SECONDS)
    assert_classified(iris(SETOSA_AND_VIRGINICA), response.outputs)
    assert response.model_spec.name == "iris"
    assert response.model_spec.version.value == 1
    assert response.model_spec.signature_name == "serving_default"


@pytest.mark.parametrize("spec", [{"version": 1}, {"label": "stable"}])
def test_a_version_is_chosen_by_number_or_label(predictions, spec):
    response = predictions.Predict(predict("digits", proto(ONE), "image", **spec), SECONDS)
    assert response.model_spec.version.value == 1
    assert_classified(digits(ONE), response.outputs)


@pytest.mark.parametrize("datatype", VALUES)
@pytest.mark.parametrize("in_content", [True, False])
def test_values_of_every_type_come_back(predictions, datatype, in_content):
    request = predict(f"identity-{datatype.lower()}", proto(VALUES[datatype], datatype, in_content), "x")
    answer = ndarray(predictions.Predict(request, SECONDS).outputs["y"], datatype)
    np.testing.assert_array_equal(answer, VALUES[datatype])


def test_one_value_stands_for_as_many_as_the_shape_says(predictions):
    tensor = proto(np.array([1.5], np.float32), in_content=False)
    tensor.tensor_shape.dim[0].size = 4
    response = predictions.Predict(predict("identity-fp32", tensor, "x"), SECONDS)
    assert ndarray(response.outputs["y"]).tolist() == [1.5] * 4


def test_bytes_of_languages_that_know_only_signed_ones_are_taken_by_their_bits(predictions):
    tensor = proto(np.array([7, 7], np.uint8), "UINT8", in_content=False)
    tensor.int_val[:] = [-128, -1]
    response = predictions.Predict(predict("identity-uint8", tensor, "x"), SECONDS)
    assert ndarray(response.outputs["y"], "UINT8").tolist() == [128, 255]


def test_only_the_outputs_that_are_asked_for_come(predictions):
    request = predict("iris", proto(SETOSA_AND_VIRGINICA))
    request.output_filter.append("label")
    assert list(predictions.Predict(request, SECONDS).outputs) == ["label"]


def test_metadata_tell_the_signature(predictions):
    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    request.model_spec.name = "iris"
    response = predictions.GetModelMetadata(request, SECONDS)
    signatures = get_model_metadata_pb2.SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(signatures)
    signature = signatures.signature_def["serving_default"]
    assert signature.method_name == "tensorflow/serving/predict"
    assert signature.inputs["features"].dtype == types_pb2.DT_FLOAT
    assert [dim.size for dim in signature.inputs["features"].tensor_shape.dim] == [-1, 4]
    assert sorted(signature.outputs) == ["label", "probabilities"]


def test_status_tells_of_each_version(models):
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "digits"
    states = models.GetModelStatus(request, SECONDS).model_version_status
    available = get_model_status_pb2.ModelVersionStatus.AVAILABLE
    assert {status.version: status.state for status in states} == {1: available, 2: available}
    assert all(status.status.error_code == 0 for status in states)


def examples(request, rows):
    """Rows as TensorFlow's Examples, which name each feature."""
    for row in rows:
        example = request.input.example_list.examples.add()
        example.features.feature["features"].float_list.value.extend(row.tolist())
    return request


def test_classify_names_the_classes_with_their_scores(predictions):
    request = classification_pb2.ClassificationRequest()
    request.model_spec.name = "iris"
    result = predictions.Classify(examples(request, SETOSA_AND_VIRGINICA), SECONDS).result
    for classifications, expected in zip(result.classifications, iris(SETOSA_AND_VIRGINICA)["probabilities"]):
        scores = {one.label: one.score for one in classifications.classes}
        np.testing.assert_allclose([scores[name] for name in SPECIES], expected, rtol=1e-4, atol=1e-6)


def test_regress_gives_a_number_for_each_example(predictions):
    request = regression_pb2.RegressionRequest()
    request.model_spec.name = "diabetes"
    result = predictions.Regress(examples(request, PATIENTS), SECONDS).result
    values = [regression.value for regression in result.regressions]
    np.testing.assert_allclose(values, diabetes(PATIENTS)["progression"].ravel(), rtol=1e-4)


def test_features_that_the_model_does_not_ask_for_are_passed_over(predictions):
    request = regression_pb2.RegressionRequest()
    request.model_spec.name = "diabetes"
    for example in examples(request, PATIENTS).input.example_list.examples:
        example.features.feature["id"].bytes_list.value.append(b"a-7")
    assert len(predictions.Regress(request, SECONDS).result.regressions) == len(PATIENTS)


def test_the_answer_names_the_signature_that_was_asked_for(predictions):
    request = classification_pb2.ClassificationRequest()
    request.model_spec.name = "iris"
    request.model_spec.signature_name = "tensorflow/serving/classify"
    response = predictions.Classify(examples(request, SETOSA_AND_VIRGINICA), SECONDS)
    assert response.model_spec.signature_name == "tensorflow/serving/classify"


REFUSED = {
    "an unknown model": (lambda: predict("nobody", proto(SETOSA_AND_VIRGINICA)), "NOT_FOUND", "nobody"),
    "an unknown version": (lambda: predict("iris", proto(SETOSA_AND_VIRGINICA), version=7), "NOT_FOUND", "7"),
    "an unknown label": (lambda: predict("digits", proto(ONE), "image", label="gone"), "NOT_FOUND", "gone"),
    "a wrong shape": (lambda: predict("iris", proto(SETOSA_AND_VIRGINICA[:, :3])), "INVALID_ARGUMENT", "[-1, 4]"),
    "a wrong type": (lambda: predict("iris", proto(TEXTS, "BYTES")), "INVALID_ARGUMENT", "FP32"),
    "an unknown input": (lambda: predict("iris", proto(SETOSA_AND_VIRGINICA), "other"), "INVALID_ARGUMENT", "features"),
}


@pytest.mark.parametrize(("request_of", "code", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_predicted_is_refused_with_a_code_and_the_name_at_fault(predictions, request_of, code, words):
    with pytest.raises(grpc.RpcError) as refused:
        predictions.Predict(request_of(), SECONDS)
    assert refused.value.code() == grpc.StatusCode[code]
    assert words in refused.value.details()


def test_several_models_by_one_call_are_not_to_be_had(predictions):
    with pytest.raises(grpc.RpcError) as refused:
        predictions.MultiInference(inference_pb2.MultiInferenceRequest(), SECONDS)
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_compressed_messages_are_read(predictions, compression):
    many = np.repeat(SETOSA_AND_VIRGINICA, 500, axis=0)
    response = predictions.Predict(predict("iris", proto(many)), SECONDS, compression=compression)
    assert_classified(iris(many), response.outputs)


def configuration(**labels):
    """All models of the repository, since one that is left out is unloaded, and labels for versions of digits."""
    request = model_management_pb2.ReloadConfigRequest()
    for folder in sorted(path for path in REPOSITORY.iterdir() if path.is_dir()):
        model = request.config.model_config_list.config.add(name=folder.name, base_path=str(folder))
        model.model_platform = "tensorflow"
        if folder.name == "digits":
            model.model_version_policy.specific.versions.extend([1, 2])
            for label, version in labels.items():
                model.version_labels[label] = version
    return request


def test_a_configuration_moves_labels(models, predictions):
    def version_by_label():
        return predictions.Predict(predict("digits", proto(ONE), "image", label="canary"), SECONDS).model_spec.version

    assert version_by_label().value == 2
    assert models.HandleReloadConfigRequest(configuration(canary=1), SECONDS).status.error_code == 0
    assert version_by_label().value == 1
    assert models.HandleReloadConfigRequest(configuration(canary=2), SECONDS).status.error_code == 0
    assert version_by_label().value == 2


def test_a_configuration_with_a_fault_changes_nothing(models, predictions):
    request = configuration(canary=1)
    request.config.model_config_list.config.add(name="nobody", base_path=str(REPOSITORY / "nobody"))
    with pytest.raises(grpc.RpcError) as refused:
        models.HandleReloadConfigRequest(request, SECONDS)
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
    assert "nobody" in refused.value.details()
    response = predictions.Predict(predict("digits", proto(ONE), "image", label="canary"), SECONDS)
    assert response.model_spec.version.value == 2
