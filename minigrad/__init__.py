"""minigrad: deep learning that shows its gradients.

`import minigrad as keras` runs a Keras 3 script.
"""

from minigrad import activations, autograd, ops, random, utils
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
from minigrad.naming import name_scope
from minigrad.stateless_scope import StatelessScope
from minigrad.variable import Variable

__version__ = "0.1.0"
