"""The mask of a tensor: which of its steps count, as `Masking` or `Embedding` marks them."""

from typing import Any


def get_keras_mask(x: Any) -> Any:
    """The mask that was set on `x`, a boolean Tensor, or None."""
    return getattr(x, "_keras_mask", None)


def set_keras_mask(x: Any, mask: Any) -> None:
    """Let `x`, a Tensor or KerasTensor, carry a mask; None takes it away.

    >>> from minigrad import Tensor
    >>> x = Tensor([[1.0, 2.0, 0.0]])
    >>> set_keras_mask(x, Tensor([[True, True, False]]))
    >>> get_keras_mask(x).shape
    (1, 3)
    """
    x._keras_mask = mask
