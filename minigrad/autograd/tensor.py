"""Tensor: an immutable NumPy array that remembers how it was computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minigrad import dtypes, settings
from minigrad.autograd.numpy_protocol import array_function, array_ufunc
from minigrad.autograd.operators import OPS, Operators
from minigrad.autograd.record import THREAD, Leaf, Record

__all__ = ["OPS", "Tensor", "as_tensor", "wrap"]

_new = object.__new__
NAME_OF = {dtypes.to_numpy_dtype(name): name for name in dtypes.ALLOWED_DTYPES}


class Tensor(Operators):
    """An n-dimensional array whose operations are recorded, so that gradients can flow back.

    Tensors never change: `x += 1` makes a new one. What may change is a `minigrad.Variable`.

    Args:
        data: A number, a (nested) list, a NumPy array, another Tensor. Arrays are copied.
        dtype: Name of the dtype; by default that of `data`, float32 for Python floats, int32 for
            Python ints.
        requires_grad: Whether gradients by this tensor are wanted.

    Attributes:
        shape: Tuple of ints.
        dtype: Name of the dtype, such as "float32".
        grad: After `backward()`: the gradient by this tensor, a Tensor of the same shape; else
            None.

    >>> from minigrad import Tensor
    >>> x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> y = (x * x).sum()
    >>> y.backward()
    >>> x.grad.numpy()
    array([2., 4., 6.], dtype=float32)
    """

    __slots__ = ("__weakref__", "_index", "_keras_mask", "_record", "_value")
    __array_priority__ = 1000

    _value: np.ndarray
    _record: Leaf | Record | None
    _index: int

    def __init__(self, data: Any, dtype: Any = None, requires_grad: bool = False) -> None:
        self._value = array_of(data, dtype)
        self._index = 0
        self._record = None
        if requires_grad:
            self._record = Leaf()
            if not dtypes.is_float(self.dtype):
                raise TypeError(
                    "Tensor: only floating tensors have gradients, since a derivative asks what "
                    "a small change does. Pass dtype='float32', or requires_grad=False. "
                    f"Received: dtype={self.dtype}"
                )

    # What it is

    @property
    def shape(self) -> tuple[int, ...]:
        return self._value.shape

    @property
    def dtype(self) -> str:
        return NAME_OF[self._value.dtype]

    @property
    def ndim(self) -> int:
        return self._value.ndim

    @property
    def size(self) -> int:
        return self._value.size

    @property
    def nbytes(self) -> int:
        return self._value.nbytes

    @property
    def requires_grad(self) -> bool:
        """Whether the tape leads from this tensor to something watched."""
        return self._record is not None

    @property
    def is_leaf(self) -> bool:
        """Whether this tensor was given, not computed from something watched."""
        return not isinstance(self._record, Record)

    @property
    def op(self) -> str | None:
        """The name of the op that made it, if it was recorded."""
        return self._record.primitive.name if isinstance(self._record, Record) else None

    # Its gradient

    @property
    def grad(self) -> Tensor | None:
        record = self._record
        if isinstance(record, Record):
            return record.kept[self._index] if record.kept else None
        if THREAD.mode.tracer is not None and record is not None:
            THREAD.mode.tracer.gradient_read(record)
        return record.grad if record is not None else None

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if isinstance(self._record, Record):
            self.retain_grad()
            self._record.kept[self._index] = value  # type: ignore[index]
        elif self._record is None:
            raise ValueError(
                "Only a tensor that is watched has a gradient. Make it with "
                "Tensor(..., requires_grad=True). "
                f"Received: a gradient for a tensor of shape={self.shape}, dtype={self.dtype}"
            )
        else:
            if THREAD.mode.tracer is not None:
                THREAD.mode.tracer.gradient_written(self._record, value)
            self._record.grad = value

    def retain_grad(self) -> Tensor:
        """Ask for the gradient of an intermediate result; `backward` will put it into `.grad`."""
        if isinstance(self._record, Record) and self._record.kept is None:
            outputs = self._record.output
            self._record.kept = [None] * (len(outputs) if isinstance(outputs, tuple) else 1)
        return self

    def backward(self, gradient: Any = None, create_graph: bool = False) -> None:
        """Walk the tape back from here and add to `.grad` of every watched tensor it leads to.

        Args:
            gradient: The gradient of the final result by this tensor. May be left out for a
                scalar, where it is 1.
            create_graph: Record the walk itself, so that gradients can be differentiated again.
        """
        OPS["backward"](self, gradient, create_graph)

    def detach(self) -> Tensor:
        """The same values, cut off the tape."""
        return wrap(self._value)

    # Its values

    def _reveal(self, how: str) -> None:
        """Tell a tracer that a value is looked at: a compiled step could not know it."""
        tracer = THREAD.mode.tracer
        if tracer is not None:
            tracer.reveal(self, how)

    def numpy(self) -> np.ndarray:
        """The values as a NumPy array of its own, free to be changed."""
        self._reveal("numpy()")
        return np.array(self._value)

    def item(self) -> Any:
        """The value of a tensor of one element, as a Python number."""
        self._reveal("item()")
        return self._value.item()

    def tolist(self) -> Any:
        """The values as nested lists of Python numbers."""
        self._reveal("tolist()")
        return self._value.tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        self._reveal("conversion to a NumPy array")
        if copy or (dtype is not None and np.dtype(dtype) != self._value.dtype):
            if copy is False:
                raise ValueError(
                    "A tensor becomes an array of another dtype only as a copy. Leave `copy` out. "
                    f"Received: copy=False, dtype={dtype}, of a tensor of dtype={self.dtype}"
                )
            return np.array(self._value, dtype=dtype)
        view = np.asarray(self._value).view()
        view.flags.writeable = False  # the tape may need the values as they are
        return view

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return array_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: tuple, kwargs: dict) -> Any:
        return array_function(func, args, kwargs)

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self.numpy().__dlpack__(**kwargs)

    def __dlpack_device__(self) -> tuple[int, int]:
        return np.asarray(self._value).__dlpack_device__()

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(
                f"The truth value of a tensor with {self.size} elements is ambiguous. "
                f"Use ops.any(x) or ops.all(x). Received: shape={self.shape}"
            )
        self._reveal("bool()")
        return bool(self._value)

    def __float__(self) -> float:
        return float(self._one("float"))

    def __int__(self) -> int:
        return int(self._one("int"))

    def __complex__(self) -> complex:
        return complex(self._one("complex"))

    def __index__(self) -> int:
        if self.dtype == "bool" or not dtypes.is_int(self.dtype):
            raise TypeError(f"Only an integer scalar can be an index. Received: {self!r}")
        return int(self._one("int"))

    def _one(self, kind: str) -> Any:
        if self.size != 1:
            raise TypeError(
                f"{kind}() needs a tensor of one element. Reduce it first, by ops.sum(x) or "
                f"ops.mean(x), or pick one, x[0]. Received: shape={self.shape}"
            )
        self._reveal(f"{kind}()")
        return self._value.item()

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError(
                "len() of a scalar tensor: it has no axes, so it has no length. Its number of "
                f"elements is x.size. Received: shape={self.shape}"
            )
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if not self.ndim:
            raise TypeError(
                "A scalar tensor cannot be iterated over: it has no axes. Its value is float(x); "
                f"x.reshape(1) gives it an axis. Received: shape={self.shape}"
            )
        return (self[index] for index in range(self.shape[0]))

    def __contains__(self, item: Any) -> bool:
        self._reveal("in")
        return item in np.asarray(self._value)

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError(
            "Tensors never change, so that the tape stays right. Use "
            "ops.scatter_update(x, indices, updates), ops.slice_update(...) or ops.where(...), "
            "which give a new tensor, or keep the state in a Variable and assign to it."
        )

    def __format__(self, spec: str) -> str:
        self._reveal("format()")
        return format(self._value.item(), spec) if spec and self.size == 1 else str(self)

    def __repr__(self) -> str:
        self._reveal("repr()")
        origin = f", op={self.op}" if self.op else ", requires_grad=True" * self.requires_grad
        values = np.array2string(np.asarray(self._value), separator=", ", prefix="Tensor(")
        return f"Tensor({values}, shape={self.shape}, dtype={self.dtype}{origin})"

    def __str__(self) -> str:
        self._reveal("str()")
        return str(self._value)

    # Copies

    def __copy__(self) -> Tensor:
        return wrap(self._value, self._record, self._index)

    def __deepcopy__(self, memo: dict) -> Tensor:
        if isinstance(self._record, Record):
            raise RuntimeError(
                f"A tensor made by an op ({self.op}) belongs to a tape and cannot be deep-copied. "
                "Use x.detach() for its values, or copy.copy(x) to stay on the same tape."
            )
        self._reveal("deepcopy()")
        return Tensor(self._value, requires_grad=self._record is not None)

    def __reduce__(self) -> tuple[Callable, tuple]:
        return Tensor, (self._portable(), self.dtype, self.is_leaf and self.requires_grad)

    def _portable(self) -> np.ndarray:
        self._reveal("pickle")
        return np.asarray(self._value)


def wrap(value: Any, record: Leaf | Record | None = None, index: int = 0) -> Tensor:
    """A Tensor around an array that nobody else will change; nothing is copied or checked."""
    tensor = _new(Tensor)
    tensor._value = value
    tensor._record = record
    tensor._index = index
    return tensor


def as_tensor(x: Any, dtype: Any = None) -> Tensor:
    """`x` as a Tensor: Tensors as they are, Variables by their value, arrays copied."""
    if type(x) is not Tensor:
        if THREAD.mode.bare:
            return x
        value_of = getattr(x, "__minigrad_tensor__", None)
        if value_of is not None:
            x = value_of()
        elif isinstance(x, (list, tuple)) and _holds_tensors(x):
            x = OPS["stack"]([as_tensor(one) for one in x])
        elif not isinstance(x, Operators):  # a KerasTensor stays as it is
            return wrap(array_of(x, dtype))
    if dtype is not None and x.dtype != dtype:
        return OPS["cast"](x, dtype)
    return x


def _holds_tensors(x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return any(map(_holds_tensors, x))
    return isinstance(x, Operators)


def array_of(data: Any, dtype: Any = None) -> np.ndarray:
    """A NumPy array of `data` of its own, in a dtype that we have."""
    if dtype is not None:
        dtype = dtypes.to_numpy_dtype(dtypes.standardize_dtype(dtype))
    if isinstance(data, (Tensor, np.ndarray, np.generic)):
        array = np.array(data, dtype=dtype if _holds_numbers(data) else None)
    elif isinstance(data, (bool, int, float)):
        if dtype is None:
            wide = type(data) is int and not -(2**31) <= data < 2**31
            dtype = None if wide else dtypes.to_numpy_dtype(dtypes.result_type(type(data)))
        array = np.array(data, dtype=dtype)
    else:
        try:
            array = np.array(data)
        except (ValueError, TypeError) as error:
            raise ValueError(
                "Cannot make a tensor of this: all rows of a list must have the same length, which "
                f"padding gives them (utils.pad_sequences). Received: {str(data)[:80]} ({error})"
            ) from None
        if dtype is None and isinstance(data, (list, tuple, range)):
            dtype = _dtype_of_list(array)
        if dtype is not None and _holds_numbers(array):
            array = array.astype(dtype, copy=False)
    if (
        array.dtype not in NAME_OF and array.dtype.newbyteorder("=") not in NAME_OF
    ) or array.dtype.kind in "USOMm":
        raise TypeError(
            "A tensor holds numbers or booleans, "
            f"not {type(data).__name__!r} of dtype {array.dtype}. Received: {str(data)[:80]}"
        )
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return array[()]  # of no axes: a NumPy scalar, with which arithmetic is five times as fast


def _holds_numbers(array: Any) -> bool:
    """Whether NumPy makes numbers of it that are meant: not of texts, nor of None, which is NaN."""
    kind = array.dtype.kind if isinstance(array, (np.ndarray, np.generic)) else "f"
    return kind not in "USOMm" or (kind == "O" and not any(x is None for x in array.flat))


def _dtype_of_list(array: np.ndarray) -> np.dtype | None:
    """Python numbers have no dtype of their own: ours are floatx and int32."""
    if array.dtype == np.float64:
        return dtypes.to_numpy_dtype(settings.floatx())
    if array.dtype == np.int64 and array.size and -(2**31) <= array.min() <= array.max() < 2**31:
        return np.dtype("int32")
    return None
