"""minigrad: deep learning that shows its gradients.

`import minigrad as keras` runs a Keras 3 script. What a script does not touch is not imported:
namespaces other than these few are loaded when they are first asked for.
"""

import importlib
from typing import TYPE_CHECKING

from minigrad import autograd, ops, random, settings
from minigrad.autograd import (
    GradientTape,
    KerasTensor,
    Tensor,
    custom_gradient,
    grad,
    hessian,
    jacobian,
    no_grad,
    stop_gradient,
    value_and_grad,
    vjp,
)
from minigrad.autograd.tape import set_tape_table
from minigrad.compile import compile
from minigrad.naming import name_scope
from minigrad.operation import Operation
from minigrad.recomputing import RematScope, remat
from minigrad.stateless_scope import StatelessScope
from minigrad.symbolic_scope import SymbolicScope
from minigrad.variable import Variable, set_initializer_lookup

if TYPE_CHECKING:
    from minigrad import (
        activations,
        backend,
        callbacks,
        config,
        constraints,
        datasets,
        distillation,
        distribution,
        dtype_policies,
        initializers,
        inspect,
        layers,
        losses,
        metrics,
        mixed_precision,
        models,
        optimizers,
        preprocessing,
        regularizers,
        saving,
        tree,
        utils,
        visualization,
        wrappers,
    )
    from minigrad.dtype_policies import DTypePolicy, FloatDTypePolicy
    from minigrad.initializers import Initializer
    from minigrad.layers import Input, InputSpec, Layer
    from minigrad.losses import Loss
    from minigrad.metrics import Metric
    from minigrad.models import Model, Sequential
    from minigrad.optimizers import Optimizer
    from minigrad.regularizers import Regularizer

__version__ = "0.1.0"

_NAMESPACES = frozenset(
    """
    activations backend callbacks config constraints datasets distillation distribution
    dtype_policies initializers inspect layers losses metrics mixed_precision models optimizers
    preprocessing regularizers saving tree utils visualization wrappers
    """.split()
)
_HOMES = {
    "DTypePolicy": "dtype_policies",
    "FloatDTypePolicy": "dtype_policies",
    "Function": "models.function",
    "Initializer": "initializers",
    "Input": "layers",
    "InputSpec": "layers",
    "Layer": "layers",
    "Loss": "losses",
    "Metric": "metrics",
    "Model": "models",
    "Optimizer": "optimizers",
    "Regularizer": "regularizers",
    "Sequential": "models",
    "device": "devices",
}


def version():
    """The version of minigrad."""
    return __version__


def __getattr__(name: str) -> object:
    if name in _NAMESPACES:
        return importlib.import_module(f"minigrad.{name}")
    if name in _HOMES:
        value = getattr(importlib.import_module(f"minigrad.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'minigrad' has no attribute {name!r}")


def __dir__() -> list[str]:
    hidden = {
        "importlib",
        "TYPE_CHECKING",
        "set_initializer_lookup",
        "set_tape_table",
        "settings",
    }
    return sorted((globals().keys() | _NAMESPACES | _HOMES.keys()) - hidden)


# Variables find initializers by name without importing them all.
set_initializer_lookup(lambda name: importlib.import_module("minigrad.initializers").get(name))
# Tapes print themselves without a toolkit that is loaded before anybody looks.
set_tape_table(
    lambda *what: importlib.import_module("minigrad.inspect.tape").tape_of_records(*what)
)

if settings.watches_for_nan():
    importlib.import_module("minigrad.inspect").nan_watch().__enter__()
