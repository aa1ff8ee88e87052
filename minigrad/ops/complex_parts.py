"""The parts of complex numbers, which real ones have too."""

import math

import numpy as np

from minigrad import dtypes
from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.casting import as_floats, cast
from minigrad.ops.comparison import isnan, where
from minigrad.ops.creation import ones_of, zeros_of
from minigrad.ops.special import signbit

__all__ = [
    "angle",
    "conj",
    "conjugate",
    "imag",
    "isreal",
    "polar",
    "real",
]

# Of real numbers, which all tensors with gradients are, these are trivial. Complex arrays are
# accepted, so that results of other libraries can be taken apart.

_complex_real = primitive("real_part", np.real, promote=None, dtype="float32", moves=True)
_complex_imag = primitive("imag_part", np.imag, promote=None, dtype="float32", moves=True)
_complex_conj = primitive("conjugate", np.conjugate, promote=None, moves=True)
_complex_angle = primitive("complex_angle", np.angle, promote=None, dtype="float32", moves=True)


def _is_complex(x):
    return dtypes.is_complex(x.dtype)


def _polar_kernel(size, angle):
    dtype = np.complex128 if angle.dtype == np.float64 else np.complex64
    return (size * np.exp(1j * angle)).astype(dtype)


_polar = primitive(
    "polar",
    _polar_kernel,
    promote="float",
    inputs="abs_ angle",
    shape=lambda size, angle: size.shape,
    dtype=lambda size, angle: "complex128" if angle.dtype == "float64" else "complex64",
)


@op
def polar(abs_, angle):
    """The complex numbers abs_ · (cos angle + i sin angle). There is no gradient."""
    return _polar(abs_, angle)


@op
def real(x):
    """The real part: of a real number, itself."""
    x = as_tensor(x)
    return _complex_real(x) if _is_complex(x) else x


@op
def imag(x):
    """The imaginary part: of a real number, 0."""
    x = as_tensor(x)
    return _complex_imag(x) if _is_complex(x) else zeros_of(x, dtype=x.dtype)


@op
def conjugate(x):
    """The complex conjugate: of a real number, itself."""
    x = as_tensor(x)
    return _complex_conj(x) if _is_complex(x) else x


@op
def conj(x):
    """The complex conjugate: of a real number, itself."""
    return conjugate(x)


@op
def angle(x):
    """The angle of a complex number: of a real one, 0, or π where it is negative."""
    x = as_tensor(x)
    if _is_complex(x):
        return _complex_angle(x)
    x = as_floats(x)
    turned = where(signbit(x), cast(math.pi, x.dtype), cast(0, x.dtype))
    return where(isnan(x), x, turned)


@op
def isreal(x):
    """Whether the imaginary part is 0."""
    x = as_tensor(x)
    return imag(x) == 0 if _is_complex(x) else ones_of(x, dtype="bool")
