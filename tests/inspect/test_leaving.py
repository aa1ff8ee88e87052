"""Every tool leaves the model, its seeds and its training as they were, eager or compiled."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import minigrad
from minigrad import inspect
from tests.inspect.leaving import left_as_it_was, trained

TOOLS = {
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
    assert "<img" in found._repr_html_() or "<svg" in found._repr_html_()


def test_training_goes_on_as_if_no_tool_had_been_used():
    weights = []
    for used in (False, True):
        model, x, y = trained()
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
