"""The engine: tensors, the tape, and the walk back."""

from minigrad.autograd.checking import GradientReport, check_gradients
from minigrad.autograd.functional import (
    custom_gradient,
    grad,
    hessian,
    jacobian,
    stop_gradient,
    value_and_grad,
    vjp,
)
from minigrad.autograd.output_spec import compute_output_spec
from minigrad.autograd.primitive import Primitive, op, primitive
from minigrad.autograd.record import no_grad
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tape import GradientTape
from minigrad.autograd.tensor import Tensor

__all__ = [
    "GradientReport",
    "GradientTape",
    "KerasTensor",
    "Primitive",
    "Tensor",
    "check_gradients",
    "compute_output_spec",
    "custom_gradient",
    "grad",
    "hessian",
    "jacobian",
    "no_grad",
    "op",
    "primitive",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
