"""Every tool leaves the model, its seeds and its training as they were, eager or compiled."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import minigrad
import minigrad as mg
from minigrad import inspect
from minigrad.inspect.undisturbed import all_variables
from minigrad.kernels.jit import load_numba
from tests.inspect.leaving import left_as_it_was, trained


def result(model, x):
    """A number that depends on all weights, and on noise."""
    return mg.ops.sum(model(x[:4], training=True))


def attending(jit_compile):
    """A model with the layers that `trained()` does not have, trained a little."""
    mg.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(24, 6, 4)).astype("float32"), rng.normal(size=(24, 2))
    inputs = mg.Input((6, 4))
    h = mg.layers.Conv1D(4, 3, padding="same", name="filters")(inputs)
    h = mg.layers.MultiHeadAttention(2, 4, dropout=0.2, name="attention")(h, h)
    model = mg.Model(inputs, mg.layers.Dense(2)(mg.layers.Flatten()(h)))
    model.compile("adam", "mse", jit_compile=jit_compile)
    model.fit(x, y, batch_size=8, verbose=0)
    return model, x, y


OF_A_RESULT = {
    "tape": inspect.tape,
    "graph": inspect.graph,
    "backprop_player": inspect.backprop_player,
    "backward_steps": lambda y: list(inspect.backward_steps(y)),
}
OF_OTHER_LAYERS = {
    "attention": lambda model, x: inspect.attention(model.get_layer("attention"), x[:1]),
    "filters": lambda model, x: inspect.filters(model.get_layer("filters")),
}
CALLBACKS = {
    "Health": lambda x, y: inspect.Health(verbose=False),
    "WeightPath": lambda x, y: inspect.WeightPath(),
    "BoundaryMovie": lambda x, y: inspect.BoundaryMovie(x, y, resolution=8),
    "LivePlot": lambda x, y: mg.callbacks.LivePlot(where="log"),
}
# These look at no model: an operation, an answer.
WITHOUT_A_MODEL = {"explain", "check"}
# What tools return or raise.
RESULTS = set(
    "Activation Activations AttentionMaps Boundary Confusion DTypeFlow Explanation Filters Finding "
    "Flow GradientCheck Graph HealthReport Landscape LayerHealth LearningRates NonFiniteError "
    "NonFiniteReport Player PrecisionReport Share Step Tape WeightVerdict WrongOp".split()
)
TOOLS = {
    "flow": lambda model, x, y: inspect.flow(model, x),
    "dtype_flow": lambda model, x, y: inspect.dtype_flow(model),
    "precision_report": lambda model, x, y: inspect.precision_report(model, (x, y)),
    "graph of a model": lambda model, x, y: inspect.graph(model),
    "check_gradients": lambda model, x, y: inspect.check_gradients(model, x, y, entries=2),
    "decision_boundary": lambda model, x, y: inspect.decision_boundary(model, x, y, resolution=8),
    "confusion": inspect.confusion,
    "health_report": inspect.health_report,
    "activations": lambda model, x, y: inspect.activations(model, x, training=True),
    "loss_landscape": lambda model, x, y: inspect.loss_landscape(model, x, y, resolution=3),
    "lr_find": lambda model, x, y: inspect.lr_find(model, x, y, steps=8, batch_size=16),
}


@pytest.mark.parametrize("jit_compile", [False, "auto"], ids=["eager", "compiled"])
@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_a_tool_changes_no_bit(tool, jit_compile):
    model, x, y = trained(jit_compile)
    with left_as_it_was(model):
        found = tool(model, x, y)
    assert str(found)
    assert any(tag in found._repr_html_() for tag in ("<img", "<svg", "<table"))


def test_every_tool_is_in_a_table():
    public = {
        name for name, one in vars(inspect).items() if callable(one) and not name.startswith("_")
    }
    tools = public - RESULTS - WITHOUT_A_MODEL
    known = {*TOOLS, *OF_A_RESULT, *OF_OTHER_LAYERS, *CALLBACKS, "nan_watch"}
    assert tools <= known
    assert public >= RESULTS


@pytest.mark.parametrize("jit_compile", [False, "auto"], ids=["eager", "compiled"])
@pytest.mark.parametrize("tool", OF_A_RESULT.values(), ids=OF_A_RESULT)
def test_a_tool_for_results_changes_no_bit(tool, jit_compile):
    model, x, _ = trained(jit_compile)
    y = result(model, x)
    for walked in (False, True):
        if walked:
            y.backward()
        with left_as_it_was(model):
            assert str(tool(y))


@pytest.mark.parametrize("jit_compile", [False, "auto"], ids=["eager", "compiled"])
@pytest.mark.parametrize("tool", OF_OTHER_LAYERS.values(), ids=OF_OTHER_LAYERS)
def test_a_tool_for_other_layers_changes_no_bit(tool, jit_compile):
    model, x, _ = attending(jit_compile)
    with left_as_it_was(model):
        assert str(tool(model, x))


@pytest.fixture
def numba_is_there():
    """Else some kernels run as NumPy until they have had enough to do: the last bit may differ."""
    load_numba()


def trained_beside(jit_compile, callback=None, block=contextlib.nullcontext):
    model, x, y = trained(jit_compile)
    with block():
        model.fit(
            x, y, epochs=3, batch_size=16, verbose=0, callbacks=[callback(x, y)] if callback else []
        )
    return model.get_weights() + [one.numpy() for one in all_variables(model)]


@pytest.mark.parametrize("jit_compile", [False, "auto"], ids=["eager", "compiled"])
def test_training_is_bit_for_bit_the_same_beside_a_tool(jit_compile, numba_is_there):
    alone = trained_beside(jit_compile)
    found = {name: trained_beside(jit_compile, make) for name, make in CALLBACKS.items()}
    found["nan_watch"] = trained_beside(jit_compile, block=inspect.nan_watch)
    for name, weights in found.items():
        for one, other in zip(alone, weights, strict=True):
            np.testing.assert_array_equal(one, other, err_msg=name)


@pytest.mark.parametrize("jit_compile", [False, "auto"], ids=["eager", "compiled"])
def test_training_goes_on_as_if_no_tool_had_been_used(jit_compile):
    weights = []
    for used in (False, True):
        model, x, y = trained(jit_compile)
        if used:
            for tool in TOOLS.values():
                tool(model, x, y)
        model.fit(x, y, epochs=2, batch_size=16, verbose=0)
        weights.append(model.get_weights())
    for one, other in zip(*weights, strict=True):
        assert np.array_equal(one, other)


def test_importing_minigrad_loads_no_tool_and_no_pictures():
    code = (
        "import sys, minigrad as mg; mg.layers, mg.callbacks, mg.Sequential\n"
        "found = [m for m in sys.modules if m.startswith(('minigrad.inspect', 'matplotlib'))]\n"
        "assert not found, found\n"
        "mg.inspect\n"
        "assert not [m for m in sys.modules if m.startswith('matplotlib')]"
    )
    root = str(Path(minigrad.__file__).parents[1])
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": root}, check=True)
