"""Python's operators, for Tensor, KerasTensor and Variable alike: each calls an op by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

OPS: dict[str, Callable] = {}
"""Every op by its name: primitives, and functions made of them. Filled by `ops/`."""

_NO_OPERANDS = frozenset({type(None), type(...), str, bytes, dict, set})


def _unary(name: str) -> Any:
    def method(self: Any) -> Any:
        return OPS[name](self)

    return method


def _binary(name: str) -> Any:
    def method(self: Any, other: Any) -> Any:
        if type(other) in _NO_OPERANDS:
            return NotImplemented
        return OPS[name](self, other)

    return method


def _reflected(name: str) -> Any:
    def method(self: Any, other: Any) -> Any:
        if type(other) in _NO_OPERANDS:
            return NotImplemented
        return OPS[name](other, self)

    return method


class Operators:
    """What `+`, `@`, `<`, `x[…]` and their kin mean."""

    __slots__ = ()

    __neg__ = _unary("negative")
    __abs__ = _unary("absolute")
    __invert__ = _unary("logical_not_or_bitwise_not")
    __add__, __radd__ = _binary("add"), _reflected("add")
    __sub__, __rsub__ = _binary("subtract"), _reflected("subtract")
    __mul__, __rmul__ = _binary("multiply"), _reflected("multiply")
    __truediv__, __rtruediv__ = _binary("true_divide"), _reflected("true_divide")
    __floordiv__, __rfloordiv__ = _binary("floor_divide"), _reflected("floor_divide")
    __mod__, __rmod__ = _binary("mod"), _reflected("mod")
    __pow__, __rpow__ = _binary("power"), _reflected("power")
    __matmul__, __rmatmul__ = _binary("matmul"), _reflected("matmul")
    __and__, __rand__ = _binary("and_operator"), _reflected("and_operator")
    __or__, __ror__ = _binary("or_operator"), _reflected("or_operator")
    __xor__, __rxor__ = _binary("xor_operator"), _reflected("xor_operator")
    __lshift__, __rlshift__ = _binary("left_shift"), _reflected("left_shift")
    __rshift__, __rrshift__ = _binary("right_shift"), _reflected("right_shift")
    __lt__, __le__ = _binary("less"), _binary("less_equal")
    __gt__, __ge__ = _binary("greater"), _binary("greater_equal")
    __eq__ = _binary("equal")
    __ne__ = _binary("not_equal")
    __hash__ = object.__hash__

    def __pos__(self) -> Any:
        return self

    def __round__(self, ndigits: int | None = None) -> Any:
        return OPS["round"](self, ndigits or 0)

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return OPS["floor_divide"](self, other), OPS["mod"](self, other)

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return OPS["floor_divide"](other, self), OPS["mod"](other, self)

    def __getitem__(self, key: Any) -> Any:
        return OPS["getitem"](self, key)

    @property
    def T(self) -> Any:
        """The axes in reverse order."""
        return OPS["transpose"](self)

    def reshape(self, *shape: Any) -> Any:
        """The same values in another shape: `x.reshape(2, 3)` or `x.reshape((2, 3))`."""
        if len(shape) == 1 and not isinstance(shape[0], int):
            (shape,) = shape
        return OPS["reshape"](self, shape)

    def transpose(self, *axes: Any) -> Any:
        """The axes permuted; in reverse order without arguments."""
        if len(axes) == 1 and not isinstance(axes[0], int):
            (axes,) = axes
        return OPS["transpose"](self, axes or None)

    def astype(self, dtype: Any) -> Any:
        """The same values in another dtype."""
        return OPS["cast"](self, dtype)


def _method(name: str) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return OPS[name](self, *args, **kwargs)

    method.__name__ = name
    method.__doc__ = f"`ops.{name}` of this tensor."
    return method


for _name in (
    "sum mean prod max min var std argmax argmin all any cumsum squeeze flatten "
    "clip round swapaxes repeat dot argsort diagonal"
).split():
    setattr(Operators, _name, _method({"flatten": "ravel"}.get(_name, _name)))
