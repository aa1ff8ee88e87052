"""minigrad: deep learning that shows its gradients.

`import minigrad as keras` runs a Keras 3 script.
"""

from minigrad import (
    activations,
    autograd,
    backend,
    callbacks,
    config,
    constraints,
    datasets,
    dtype_policies,
    initializers,
    layers,
    losses,
    metrics,
    mixed_precision,
    models,
    ops,
    optimizers,
    random,
    regularizers,
    saving,
    tree,
    utils,
)
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
from minigrad.compile import compile
from minigrad.dtype_policies import DTypePolicy, FloatDTypePolicy
from minigrad.initializers import Initializer
from minigrad.layers import Input, InputSpec, Layer
from minigrad.losses import Loss
from minigrad.metrics import Metric
from minigrad.models import Model, Sequential
from minigrad.naming import name_scope
from minigrad.operation import Operation
from minigrad.optimizers import Optimizer
from minigrad.regularizers import Regularizer
from minigrad.stateless_scope import StatelessScope
from minigrad.variable import Variable

__version__ = "0.1.0"


def version():
    """The version of minigrad."""
    return __version__
