"""How Keras differentiates on its own backends, for the generator and for checking the reader."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tests.golden.engine import Engine, Results, is_float


@contextlib.contextmanager
def keeping_float64() -> Iterator[None]:
    """Keras's promotion turns float64 into float32, in tanh(x) say: not in here.

    Without this, "float64" results would be good to seven digits only.
    """
    from keras.src.backend.common import dtypes

    before = dtypes.BIT64_TO_BIT32_DTYPE["float64"]
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    try:
        yield
    finally:
        dtypes.BIT64_TO_BIT32_DTYPE["float64"] = before


@contextlib.contextmanager
def orthogonal_in_16_bits() -> Iterator[None]:
    """JAX has no QR decomposition in 16 bits, so that Keras cannot make recurrent weights: here.

    The weights that are made get other values before anything is recorded.
    """
    import keras.src.ops as ops

    qr = ops.qr

    def widened(x: Any, mode: str = "reduced") -> tuple:
        q, r = qr(ops.cast(x, "float32"), mode)
        return ops.cast(q, x.dtype), ops.cast(r, x.dtype)

    ops.qr = widened
    try:
        yield
    finally:
        ops.qr = qr


class JaxEngine(Engine):
    """Keras on JAX: state is threaded through a StatelessScope."""

    @contextlib.contextmanager
    def precision(self, dtype: str) -> Iterator[None]:
        import jax

        if dtype == "float64":
            with jax.enable_x64(True), keeping_float64():
                yield
        else:
            yield

    def differentiate(
        self, f: Callable, arrays: Sequence[np.ndarray], variables: Sequence, state: Sequence
    ) -> tuple[Results, list, list]:
        import jax
        import jax.numpy as jnp
        import keras

        arrays = [jnp.asarray(a) if a.dtype.kind in "fiub" else a for a in arrays]
        floating = [i for i, a in enumerate(arrays) if is_float(a)]

        def pure(moving: list, values: list) -> tuple:
            full = list(arrays)
            for i, value in zip(floating, moving):
                full[i] = value
            mapping = list(zip(variables, values))
            with keras.StatelessScope(state_mapping=mapping, collect_losses=True) as scope:
                total, results = f(full)
            after = [scope.get_current_value(v) for v in state]
            return (jnp.zeros(()) if total is None else total), (results, after)

        moving = [arrays[i] for i in floating]
        values = [v.value for v in variables]
        total, back, (results, after) = jax.vjp(pure, moving, values, has_aux=True)
        for variable, value in zip(state, after):
            if value is not None:
                variable.assign(value)
        inputs, weights = back(jnp.ones((), total.dtype))
        return results, list(inputs), list(weights)

    def apply(self, optimizer: Any, gradients: list, variables: list) -> None:
        """LossScaleOptimizer branches on values, which on JAX it can only do without state."""
        if type(optimizer).__name__ != "LossScaleOptimizer":
            return super().apply(optimizer, gradients, variables)
        if not optimizer.built:
            optimizer.build(variables)
        state = [v.value for v in optimizer.variables]
        after, state = optimizer.stateless_apply(state, gradients, [v.value for v in variables])
        for variable, value in zip([*variables, *optimizer.variables], [*after, *state]):
            variable.assign(value)


class TorchEngine(Engine):
    """Keras on PyTorch: an implementation that shares no arithmetic with the stored results."""

    def precision(self, dtype: str) -> contextlib.AbstractContextManager:
        return keeping_float64() if dtype == "float64" else contextlib.nullcontext()

    def differentiate(
        self, f: Callable, arrays: Sequence[np.ndarray], variables: Sequence, state: Sequence
    ) -> tuple[Results, list, list]:
        import torch

        tensors = [torch.tensor(a) if a.dtype.kind in "fiub" else a for a in arrays]
        moving = [t.requires_grad_() for t in tensors if t.is_floating_point()]
        total, results = f(tensors)
        sources = moving + [v.value for v in variables]
        if total is None or not total.requires_grad or not sources:
            gradients = [None] * len(sources)
        else:
            gradients = list(torch.autograd.grad(total, sources, allow_unused=True))
        return results, gradients[: len(moving)], gradients[len(moving) :]


def engine() -> Engine:
    import keras

    return {"jax": JaxEngine, "torch": TorchEngine}[keras.backend.backend()]()
