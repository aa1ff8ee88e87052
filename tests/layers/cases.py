"""The table behind `test_all_layers.py`: how to make each layer, and what to call it on.

A family of layers has a module `cases_<family>.py` beside this one, with a list CASES.
"""

import importlib
from pathlib import Path

import numpy as np

import minigrad as mg


class Case:
    """A layer and its inputs.

    Args:
        name: Of the class in `minigrad.layers`.
        shape: Of the input; a list of shapes where the layer takes a list of tensors.
        draw: "normal", or an int n: whole numbers below n.
        call: Arguments of the call besides the input.
        tolerance: How far half precision may be from float32, relative to the largest output.
        separate: Whether several tensors are arguments of their own, not a list.
        random: Whether a call draws random numbers, so that two calls differ.
        kwargs: Of the constructor; a function makes them anew, for layers in layers.
    """

    def __init__(
        self,
        name,
        shape,
        *,
        draw="normal",
        call=None,
        tolerance=0.05,
        separate=False,
        random=False,
        make=None,
        **kwargs,
    ):
        self.name = name
        self.shape = shape
        self.draw = draw
        self.call = call or {}
        self.tolerance = tolerance
        self.separate = separate
        self.random = random
        self._make = make
        self.kwargs = kwargs

    def __str__(self):
        shown = {name: getattr(value, "__name__", value) for name, value in self.kwargs.items()}
        given = ", ".join(f"{name}={value}" for name, value in shown.items())
        return f"{self.name}({given})" if self._make is None else self.name

    def layer(self, **more):
        """A new layer, with random weights that are not degenerate."""
        if self._make is not None:
            return self._make(**more)
        return getattr(mg.layers, self.name)(**self.kwargs, **more)

    def run(self, layer, inputs=None):
        """Call a layer."""
        inputs = self.inputs() if inputs is None else inputs
        return layer(*inputs if self.separate else [inputs], **self.call)

    def inputs(self):
        """The same random input, or list of them, at every call."""
        rng = np.random.default_rng(3)
        if isinstance(self.shape, list):
            return [self._array(rng, shape) for shape in self.shape]
        return self._array(rng, self.shape)

    def _array(self, rng, shape):
        if self.draw == "normal":
            return rng.normal(size=shape).astype("float32")
        return rng.integers(0, self.draw, shape).astype("int32")


def all_cases():
    """The cases of all families."""
    modules = sorted(Path(__file__).parent.glob("cases_*.py"))
    return [
        case
        for path in modules
        for case in importlib.import_module(f"tests.layers.{path.stem}").CASES
    ]
