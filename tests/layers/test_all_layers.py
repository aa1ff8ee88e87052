"""What holds for every layer: configs, copies, shapes, dtype policies."""

import copy
import inspect
import pickle

import numpy as np
import pytest

import minigrad as mg
from minigrad.autograd import KerasTensor
from tests.layers.cases import all_cases

CASES = all_cases()
POLICIES = ["float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16"]
every_case = pytest.mark.parametrize("case", CASES, ids=str)

# Public classes that need no case, and why.
WITHOUT_CASES = {
    "Layer": "a base class",
    "Wrapper": "a base class",
    **dict.fromkeys(
        ["SimpleRNNCell", "LSTMCell", "GRUCell", "StackedRNNCells"],
        "RNN calls it, once for each timestep",
    ),
    **dict.fromkeys(
        ["StringLookup", "TextVectorization", "HashedCrossing"],
        "takes strings, of which there are no tensors: tested with preprocessing",
    ),
    "InputLayer": "Input makes it; it computes nothing",
    "InputSpec": "no layer",
    "Pipeline": "a row of layers that have cases",
}


def values(outputs):
    return [np.asarray(x, "float64") for x in mg.tree.flatten(outputs)]


def assert_close(actual, expected, tolerance=1e-6):
    for a, b in zip(values(actual), values(expected), strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * max(np.abs(b).max(initial=0), 1))


def like(layer, other):
    """`layer`, built and with the weights of `other`."""
    if not layer.built:
        layer.build_from_config(other.get_build_config())
    layer.set_weights(other.get_weights())
    return layer


def test_every_public_layer_has_a_case():
    there = {
        name
        for name, thing in vars(mg.layers).items()
        if inspect.isclass(thing) and not name.startswith("_")
    }
    aliases = {name for name in there if getattr(mg.layers, name).__name__ != name}
    assert there - aliases - {case.name for case in CASES} == set(WITHOUT_CASES) & there


@every_case
def test_config_makes_an_equal_layer(case):
    layer = case.layer(name="one")
    config = layer.get_config()
    twin = type(layer).from_config(config)
    assert twin.get_config() == config
    assert twin.name == "one"
    if not case.random:
        expected = case.run(layer)
        assert_close(case.run(like(twin, layer)), expected)


# What a config names only if it is given.
NOT_IN_CONFIGS = {"activity_regularizer", "kwargs", "lora_alpha", "lora_rank"}
NOT_IN_CONFIG_OF_LAMBDA = {"mask", "output_shape"}


@every_case
def test_a_config_has_all_that_a_layer_was_made_with(case):
    layer = case.layer(name="one")
    arguments = set(inspect.signature(type(layer)).parameters)
    allowed = NOT_IN_CONFIGS | set(layer._not_in_config)
    if case.name == "Lambda":
        allowed |= NOT_IN_CONFIG_OF_LAMBDA
    assert arguments - layer.get_config().keys() <= allowed
    if "activity_regularizer" in arguments and case._make is None:
        regular = case.layer(activity_regularizer="l2").get_config()
        assert regular["activity_regularizer"]["class_name"] == "L2"


@every_case
def test_copies_compute_the_same(case):
    layer = case.layer()
    expected = case.run(layer)
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert [w.path for w in twin.weights] == [w.path for w in layer.weights]
        outputs = case.run(twin)
        if not case.random:
            assert_close(outputs, expected)


@every_case
def test_symbolic_outputs_are_as_the_real_ones(case):
    layer = case.layer()
    inputs = case.inputs()
    if case.draw == "normal":
        inputs = mg.tree.map_structure(lambda x: x.astype(layer.input_dtype), inputs)
    symbolic = mg.tree.map_structure(lambda x: KerasTensor(x.shape, str(x.dtype)), inputs)
    spec = case.run(layer, symbolic)
    outputs = case.run(layer, inputs)
    expected = [(x.shape, x.dtype) for x in mg.tree.flatten(outputs)]
    assert [(x.shape, x.dtype) for x in mg.tree.flatten(spec)] == expected


@every_case
def test_batch_may_be_unknown(case):
    layer = case.layer()
    inputs = case.inputs()
    symbolic = mg.tree.map_structure(
        lambda x: KerasTensor((None, *x.shape[1:]), str(x.dtype)), inputs
    )
    spec = mg.tree.flatten(case.run(layer, symbolic))
    outputs = mg.tree.flatten(case.run(layer, inputs))
    for one, real in zip(spec, outputs, strict=True):
        assert one.ndim == real.ndim
        assert all(a in (None, b) for a, b in zip(one.shape, real.shape, strict=True))


@every_case
@pytest.mark.parametrize("policy", POLICIES)
def test_policies_give_their_dtype_and_nearly_the_same_numbers(case, policy):
    reference = case.layer()
    expected = case.run(reference)
    layer = case.layer(dtype=policy)
    case.run(layer)
    layer = like(layer, reference)
    outputs = case.run(layer)
    for weight, other in zip(layer.weights, reference.weights, strict=True):
        if other.dtype == "float32":
            assert weight.dtype in (layer.variable_dtype, "float32")
    floats = [x.dtype == "float32" for x in mg.tree.flatten(expected)]
    for x, is_float in zip(mg.tree.flatten(outputs), floats, strict=True):
        assert not is_float or x.dtype == layer.compute_dtype
    if not case.random:
        assert_close(outputs, expected, 1e-5 if policy == "float64" else case.tolerance)


@every_case
def test_files_make_an_equal_layer(case, tmp_path):
    layer = case.layer()
    expected = case.run(layer)
    mg.saving.save_model(layer, tmp_path / "layer.keras")
    twin = mg.saving.load_model(tmp_path / "layer.keras", safe_mode=case.name != "Lambda")
    assert [w.name for w in twin.weights] == [w.name for w in layer.weights]
    outputs = case.run(twin)
    if not case.random:
        assert_close(outputs, expected)


def takes_data_format(case):
    return (
        case._make is None
        and not isinstance(case.shape, list)
        and case.kwargs.get("data_format", "channels_last") == "channels_last"
        and "data_format" in inspect.signature(getattr(mg.layers, case.name)).parameters
        and len(case.shape) > (3 if case.name == "Resizing" else 2)  # it takes single images too
    )


@pytest.mark.parametrize("case", [*filter(takes_data_format, CASES)], ids=str)
def test_both_data_formats_compute_the_same(case):
    axis = 2 if case.name.startswith("ConvLSTM") else 1  # behind the axis of time
    last = case.layer()
    x = case.inputs()
    expected = case.run(last, x)
    first = type(last)(**{**case.kwargs, "data_format": "channels_first"})
    moved = np.ascontiguousarray(np.moveaxis(x, -1, axis))
    first.build(moved.shape)
    first.set_weights(last.get_weights())
    outputs = case.run(first, moved)
    spec = case.run(first, KerasTensor(moved.shape, str(moved.dtype)))
    for got, want, symbol in zip(*map(mg.tree.flatten, (outputs, expected, spec)), strict=True):
        assert got.shape == symbol.shape
        if got.ndim > 2 and got.shape != (len(x), 1, 1):
            got = np.moveaxis(np.asarray(got), axis - (got.ndim < x.ndim), -1)
        if case.random:
            assert got.shape == want.shape
        else:
            assert_close(got, want, 1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in CASES if not case.random], ids=str)
def test_compiled_equals_eager(case):
    """Outputs and, of the sum of their squares, the gradients by weights and inputs."""
    layer = case.layer()
    inputs = case.inputs()
    case.run(layer, inputs)
    variables = layer.trainable_variables
    leaves = mg.tree.flatten(inputs)

    def loss(values, given):
        with mg.StatelessScope(list(zip(variables, values, strict=True))):
            outputs = case.run(layer, mg.tree.pack_sequence_as(inputs, given))
        flat = [x for x in mg.tree.flatten(outputs) if "float" in x.dtype]
        return sum([mg.ops.sum(x * x) for x in flat], mg.ops.zeros(())), outputs

    by = (0, 1) if case.draw == "normal" else 0
    step = mg.value_and_grad(loss, by, has_aux=True)
    compiled = mg.compile(step)
    values = [mg.ops.convert_to_tensor(v) for v in variables]
    given = [mg.ops.convert_to_tensor(x) for x in leaves]
    expected = step(values, given)
    if not layer.supports_jit:
        with pytest.raises(RuntimeError, match="cannot be compiled"):
            compiled(values, given)
        return
    for _ in range(2):  # traced, and run again
        assert_close(compiled(values, given), expected, 1e-5)
