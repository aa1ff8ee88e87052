"""KerasTensor: a shape and a dtype without values, and the graph that calls on it leave behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from minigrad import dtypes, naming, tree
from minigrad.autograd.numpy_protocol import array_function, array_ufunc
from minigrad.autograd.operators import Operators


class _OfThread(threading.local):
    noting = True


_of_thread = _OfThread()


def noting() -> bool:
    """Whether calls leave nodes."""
    return _of_thread.noting


@contextmanager
def unnoted(noting: bool = False) -> Iterator[None]:
    """Calls inside leave no nodes and use up no names: only shapes and dtypes are wanted.

    With `noting=True` they do again: a graph is made on the way.
    """
    before, _of_thread.noting = _of_thread.noting, noting
    try:
        yield
    finally:
        _of_thread.noting = before


class Node:
    """One call in a symbolic graph: `outputs = operation(*args, **kwargs)`.

    Attributes:
        index: Its number among the calls of the same operation.
    """

    __slots__ = ("args", "index", "kwargs", "operation", "outputs")

    def __init__(self, operation: Any, args: tuple, kwargs: dict, outputs: Any) -> None:
        self.operation = operation
        self.args = args
        self.kwargs = kwargs
        self.outputs = tree.flatten(outputs)
        self.index = len(operation._inbound_nodes)
        operation._inbound_nodes.append(self)
        for index, tensor in enumerate(self.outputs):
            if isinstance(tensor, KerasTensor):
                tensor.node, tensor.node_index = self, index

    @property
    def inputs(self) -> list[KerasTensor]:
        """The KerasTensors among the arguments, in order."""
        leaves = tree.flatten((self.args, self.kwargs))
        return [leaf for leaf in leaves if isinstance(leaf, KerasTensor)]

    @property
    def output_tensors(self) -> list:
        return self.outputs

    @property
    def is_input(self) -> bool:
        """Whether nothing flows in: the node of an Input."""
        return not self.inputs


class FunctionOperation:
    """An op of `minigrad.ops` as a step of a symbolic graph, with a name of its own."""

    def __init__(self, function: Callable, name: str | None = None) -> None:
        self.function = function
        self.name = name or naming.auto_name(function.__name__)
        self._inbound_nodes: list[Node] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<operation {self.name}>"


class KerasTensor(Operators):
    """A tensor of which only shape and dtype are known.

    Args:
        shape: Tuple of lengths, None for an axis of unknown length.
        dtype: Name of the dtype.
        name: Its name; made up if None.

    >>> from minigrad import KerasTensor, ops
    >>> x = KerasTensor((None, 3))
    >>> ops.matmul(x, ops.ones((3, 5))).shape
    (None, 5)
    """

    __array_priority__ = 1000
    __slots__ = ("__dict__", "__weakref__", "_dtype", "_shape", "name", "node", "node_index")

    def __init__(
        self,
        shape: Iterable[int | None],
        dtype: str = "float32",
        sparse: bool = False,
        ragged: bool = False,
        record_history: bool = True,
        name: str | None = None,
        ragged_rank: int | None = None,
        row_splits_dtype: str | None = None,
    ) -> None:
        if sparse and ragged:
            raise ValueError(
                "A KerasTensor cannot have `sparse=True` and `ragged=True` at the same time. "
                f"Received: sparse={sparse}, ragged={ragged}"
            )
        self._shape = standardize_shape(shape)
        self._dtype = dtypes.standardize_dtype(dtype)
        if name is None:
            name = naming.auto_name("keras_tensor") if _of_thread.noting else "keras_tensor"
        self.name = name
        self._sparse, self._ragged = bool(sparse), bool(ragged)
        self.node: Node | None = None
        self.node_index = 0

    @property
    def sparse(self) -> bool:
        """Whether it stands for a sparse tensor; ops give dense ones."""
        return self._sparse

    @sparse.setter
    def sparse(self, value: Any) -> None:
        raise self._immutable("sparse", value)

    @property
    def ragged(self) -> bool:
        """Whether it stands for a ragged tensor; ops give dense ones."""
        return self._ragged

    @ragged.setter
    def ragged(self, value: Any) -> None:
        raise self._immutable("ragged", value)

    def _immutable(self, name: str, value: Any) -> AttributeError:
        return AttributeError(
            f"The `{name}` attribute of {type(self).__name__} is immutable. One should create a "
            f"new instance of KerasTensor for this. Received: {name}={value}"
        )

    @property
    def _keras_history(self) -> tuple[Any, int, int]:
        """(operation, which of its calls, which of the outputs) this is the result of."""
        if self.node is None:
            raise AttributeError(f"{self!r} is not the result of a call.")
        return self.node.operation, self.node.index, self.node_index

    @property
    def shape(self) -> tuple[int | None, ...]:
        return self._shape

    @shape.setter
    def shape(self, value: Any) -> None:
        raise self._immutable("shape", value)

    @property
    def dtype(self) -> str:
        return self._dtype

    @dtype.setter
    def dtype(self, value: Any) -> None:
        raise self._immutable("dtype", value)

    @property
    def ndim(self) -> int:
        return len(self._shape)

    def __reduce__(self) -> tuple:
        # Alone, without the graph it belongs to: that is the model's to write.
        return KerasTensor, (self.shape, self.dtype, self.sparse, self.ragged, True, self.name)

    def __len__(self) -> int:
        raise self._no_values("has no length")

    def __bool__(self) -> bool:
        raise self._no_values("cannot be used as a boolean")

    def __float__(self) -> float:
        raise self._no_values("cannot be used as a number")

    __int__ = __float__

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        raise ValueError(
            f"{self!r} is a symbolic tensor: it doesn't have any actual numerical value, only a "
            "shape and a dtype, so it cannot become a NumPy array. Use a function of `ops` on it, "
            "or build the model and call it on real data."
        )

    def __tf_tensor__(self, dtype: Any = None, name: Any = None) -> Any:
        raise self._no_input_for("TensorFlow")

    def __jax_array__(self) -> Any:
        raise self._no_input_for("JAX")

    def _no_input_for(self, framework: str) -> ValueError:
        return ValueError(
            f"A KerasTensor cannot be used as input to a {framework} function: it has no values, "
            "only a shape and a dtype. Put the call into a layer of your own. "
            f"Received: {self!r}"
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return array_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: tuple, kwargs: dict) -> Any:
        return array_function(func, args, kwargs)

    def __eq__(self, other: Any) -> Any:
        return True if other is self else super().__eq__(other)

    __hash__ = object.__hash__

    def __iter__(self) -> Any:
        raise NotImplementedError(
            f"Iterating over a symbolic KerasTensor is not supported. Use ops.unstack(x), or a "
            f"loop such as ops.scan. Received: {self!r}"
        )

    def _no_values(self, what: str) -> TypeError:
        return TypeError(f"A symbolic KerasTensor has no values and {what}. Received: {self!r}")

    def __repr__(self) -> str:
        return (
            f"<KerasTensor shape={self.shape}, dtype={self.dtype}, sparse={self.sparse}, "
            f"ragged={self.ragged}, name={self.name}>"
        )


def standardize_shape(shape: Any) -> tuple[int | None, ...]:
    """`shape` as a tuple of ints and None; a ValueError says what is wrong with it."""
    if shape is None:
        raise ValueError("Undefined shapes are not supported. Pass a tuple, () for a scalar.")
    if isinstance(shape, str) or not isinstance(shape, Iterable):
        raise ValueError(f"Cannot convert '{shape}' to a shape. A shape is a tuple of lengths.")
    result: list[int | None] = []
    for length in shape:
        if length is not None:
            if not hasattr(length, "__index__"):
                raise ValueError(
                    f"Cannot convert '{shape}' to a shape. Found invalid dimension '{length}' of "
                    f"type '{type(length)}'. A length is an int, or None where it is not known."
                )
            length = length.__index__()
            if length < 0:
                raise ValueError(
                    f"Cannot convert '{shape}' to a shape. Negative dimensions are not allowed."
                )
        result.append(length)
    return tuple(result)


def shape_equal(a: tuple, b: tuple) -> bool:
    """Whether two shapes are equal as far as their lengths are known."""
    return a == b or (
        len(a) == len(b)
        and all(x == y or x is None or y is None for x, y in zip(a, b, strict=True))
    )


def broadcast_shapes(*shapes: tuple) -> tuple:
    """The shape that `shapes` broadcast to; None stands for an unknown length.

    >>> broadcast_shapes((None, 1), (4,))
    (None, 4)
    """
    rank = max((len(shape) for shape in shapes), default=0)
    result: list = [1] * rank
    for shape in shapes:
        for axis, length in enumerate(shape, rank - len(shape)):
            if result[axis] == 1 or (result[axis] is None and length not in (None, 1)):
                result[axis] = length
            elif length not in (None, 1, result[axis]):
                listed = " and ".join(str(tuple(one)) for one in shapes)
                raise ValueError(
                    f"The shapes {listed} cannot be broadcast together: axis {axis - rank} has the "
                    f"lengths {result[axis]} and {length}. Lengths must be equal, or one of them 1."
                )
    return tuple(result)


# What arguments mostly are: no need to look closer.
PLAIN = frozenset({int, float, bool, str, type(None), np.ndarray})


def is_keras_tensor(x: Any) -> bool:
    """Whether `x` is a KerasTensor, a tensor without values.

    >>> is_keras_tensor(KerasTensor((2,))), is_keras_tensor([1.0, 2.0])
    (True, False)
    """
    return isinstance(x, KerasTensor)


def any_symbolic_tensors(args: Any = None, kwargs: Any = None) -> bool:
    """Whether there is a KerasTensor among positional and named arguments."""
    return is_symbolic((args, kwargs))


def is_symbolic(x: Any) -> bool:
    """True for a KerasTensor, or a list, tuple or dict that contains one."""
    if isinstance(x, KerasTensor):
        return True
    if isinstance(x, (list, tuple)):
        for one in x:  # noqa: SIM110  (twice as fast as a generator, and every op asks)
            if type(one) not in PLAIN and is_symbolic(one):
                return True
        return False
    return isinstance(x, dict) and any(map(is_symbolic, x.values()))


def apply(primitive: Any, inputs: tuple, params: dict, spec: Callable) -> Any:
    """What a primitive gives for inputs without values, noted as a node."""
    result = spec(primitive, inputs, params)
    outputs: Any
    if isinstance(result, list):
        outputs = tuple(KerasTensor(shape, dtype) for shape, dtype in result)
    else:
        outputs = KerasTensor(*result)
    if _of_thread.noting:
        Node(FunctionOperation(primitive), inputs, params, outputs)
    return outputs


def _without_history(x: Any) -> Any:
    if isinstance(x, KerasTensor):
        return KerasTensor(x.shape, x.dtype, x.sparse, x.ragged)
    return KerasTensor(x.shape, x.dtype) if hasattr(x, "dtype") else x


def call(operation: Callable, function: Callable, args: tuple, kwargs: dict) -> Any:
    """What an op gives for arguments without values, noted as one node."""
    with unnoted():
        inner = function(*args, **kwargs)
    outputs = tree.map_structure(_without_history, inner)
    if _of_thread.noting and any(isinstance(x, KerasTensor) for x in tree.flatten(outputs)):
        Node(FunctionOperation(operation), args, kwargs, outputs)
    return outputs
