"""How the framework under test differentiates; peers.py has the engines of Keras."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Results = dict[str, np.ndarray]


def is_float(array: np.ndarray) -> bool:
    return array.dtype.kind == "f" or array.dtype.name == "bfloat16"  # ml_dtypes' is of kind "V"


class Engine:
    """How the framework under test differentiates. This one is minigrad's."""

    def precision(self, dtype: str) -> contextlib.AbstractContextManager:
        """Whatever must be switched for arrays of this dtype to stay so."""
        return contextlib.nullcontext()

    def apply(self, optimizer: Any, gradients: list, variables: list) -> None:
        """One step of the optimizer."""
        optimizer.apply(gradients, variables)

    def differentiate(
        self, f: Callable, arrays: Sequence[np.ndarray], variables: Sequence, state: Sequence
    ) -> tuple[Results, list, list]:
        """Call `f(arrays)`, which returns (a scalar or None, results by name).

        Returns the results and the gradients of the scalar: for every floating array, then for
        every variable. `state` are the variables that f may assign.
        """
        import minigrad

        tensors = [minigrad.Tensor(a) if is_float(a) else a for a in arrays]
        watched = [t for t in tensors if isinstance(t, minigrad.Tensor)]
        with minigrad.GradientTape() as tape:
            for tensor in watched:
                tape.watch(tensor)
            total, results = f(tensors)
        sources = [*watched, *variables]
        if total is None or not sources:
            gradients = [None] * len(sources)
        else:
            gradients = list(tape.gradient(total, sources))
        return results, gradients[: len(watched)], gradients[len(watched) :]
