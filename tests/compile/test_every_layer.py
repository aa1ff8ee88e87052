"""A replay equals eager for every layer that is public, in float32 and float64."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import Tensor, ops, tree
from tests.layers.cases import all_cases

TOLERANCE = {"float32": 2e-4, "float64": 1e-9}

DRAWN_IN_FLOAT32 = 2e-5  # what random layers draw, whatever their dtype
DRAW_WHAT_TO_DO = {"AugMix", "RandAugment", "RandomElasticTransform"}
"""Refused in training, where they look at numbers that they drew; compiled otherwise."""


def is_float(x):
    return isinstance(x, Tensor) and "float" in x.dtype


@pytest.mark.slow
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("case", all_cases(), ids=str)
def test_outputs_gradients_and_state(python_kernels, case, dtype):
    layer = case.layer(dtype=dtype)
    case.run(layer)  # builds it
    inputs = tree.map_structure(
        lambda x: x.astype(dtype) if x.dtype.kind == "f" else x, case.inputs()
    )

    def step(x):
        with mg.GradientTape() as tape:
            made = layer(*x, **case.call) if case.separate else layer(x, **case.call)
            made = tree.flatten(made)
            loss = sum(ops.sum(ops.sin(one)) for one in made if is_float(one))
        weights = layer.trainable_variables
        return made, tape.gradient(loss, weights) if weights else []

    state = [variable.numpy() for variable in layer.variables]

    def outcome(function):
        for variable, value in zip(layer.variables, state, strict=True):
            variable.assign(value)
        made = [*function(inputs), [variable.numpy() for variable in layer.variables]]
        return [np.asarray(one) for one in tree.flatten(made)]

    compiled = mg.compile(step)
    try:
        outcome(compiled)
    except RuntimeError as error:
        assert "cannot be compiled" in str(error)
        assert not layer.supports_jit or case.name in DRAW_WHAT_TO_DO
        return
    assert layer.supports_jit
    tolerance = max(TOLERANCE[dtype], DRAWN_IN_FLOAT32 if case.random else 0)
    for ours, theirs in zip(outcome(compiled), outcome(step), strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(
            ours.astype("float64"),
            theirs.astype("float64"),
            rtol=tolerance,
            atol=tolerance,
        )
    assert compiled.replays[-1] is not None


@pytest.mark.parametrize("name", sorted(DRAW_WHAT_TO_DO))
def test_layers_that_draw_what_to_do_are_compiled_where_nothing_is_drawn(name):
    layer = getattr(mg.layers, name)(seed=1)
    compiled = mg.compile(lambda x: layer(x, training=False))
    x = np.random.default_rng(0).uniform(0, 255, (2, 6, 6, 3)).astype("float32")
    for _ in range(2):
        np.testing.assert_array_equal(compiled(x), x)
    with pytest.raises(RuntimeError, match="cannot be compiled"):
        mg.compile(lambda x: layer(x, training=True))(x)
