"""Steps in one pass over the memory: a kernel in place of `update_step`, where nobody looks.

It takes the same step. A tracer, a profiler or a picture sees the equations instead, so as soon as
somebody listens who wants them, `update_step` runs.
"""

import numpy as np

from minigrad.autograd.record import THREAD
from minigrad.autograd.tensor import Tensor, wrap
from minigrad.kernels import jit
from minigrad.stateless_scope import in_stateless_scope

KERNEL_DTYPES = ("float32", "float64")

# Loading Numba takes as long as updating some ten million weights by the equations does.
PATIENCE = 20_000_000
_updated_without = 0


class FusedSteps:
    """One step of an optimizer, for those of its Variables that a kernel can update."""

    def __init__(self, optimizer, learning_rate, variables):
        self._optimizer = optimizer
        self._learning_rate = learning_rate
        self._kernels = {}  # by dtype
        self._possible = (
            not any(getattr(one, "wants_equations", True) for one in THREAD.mode.listeners)
            and not in_stateless_scope()
            and _step_is_the_kernels(type(optimizer))
            and _numba_is_worth_it(variables)
        )

    def step(self, gradient, variable):
        """Update a Variable, if that is possible; returns whether it was."""
        if not self._possible or type(gradient) is not Tensor:
            return False
        dtype = variable.dtype
        if dtype not in self._kernels:
            usable = dtype in KERNEL_DTYPES
            self._kernels[dtype] = (
                self._optimizer._fused_kernel(self._learning_rate, dtype) if usable else None
            )
        if self._kernels[dtype] is None or gradient.dtype != dtype:
            return False
        kernel, parameters, kinds = self._kernels[dtype]
        changing = [variable, *self._optimizer._slots(variable, *kinds)]
        arrays = [np.asarray(one.value) for one in changing]
        gradient = np.asarray(gradient)
        if not all(a.flags.c_contiguous and a.shape == gradient.shape for a in arrays):
            return False
        # The old values may be on a tape: new ones are made.
        new = [np.empty_like(array) for array in arrays]
        rate = self._optimizer._weight_decay_of(variable)
        decay = 0.0 if rate is None else rate * float(self._learning_rate)
        kernel(*arrays, gradient, *parameters, decay=decay, out=new)
        for one, value in zip(changing, new):
            one.assign(wrap(value))
        return True


def _step_is_the_kernels(cls):
    """Whether the class that says how a step goes is the one that says which kernel takes it."""
    owners = [
        next(base for base in cls.__mro__ if method in vars(base))
        for method in ("update_step", "_fused_kernel")
    ]
    return owners[0] is owners[1]


def _numba_is_worth_it(variables):
    global _updated_without
    if jit.in_use() or _updated_without > PATIENCE:
        return True
    _updated_without += sum(variable.size for variable in variables)
    return False
