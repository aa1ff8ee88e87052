"""JAX's way to ask for gradients: functions in, functions out."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.autograd import backward as _backward
from minigrad.autograd.primitive import Primitive, primitive
from minigrad.autograd.record import THREAD, Leaf, no_grad, run_recorded
from minigrad.autograd.tape import flatten_like, stack_rows, unit_vectors
from minigrad.autograd.tensor import Tensor, as_tensor, wrap

alias = primitive(
    "alias", lambda x: x, (lambda g, out, x: g,), promote=None, moves=True, fuse="{0}"
)


def stop_gradient(variable: Any) -> Tensor:
    """The values of a tensor or Variable, through which no gradient flows.

    >>> from minigrad import Tensor, stop_gradient
    >>> x = Tensor(2.0, requires_grad=True)
    >>> (x * stop_gradient(x)).backward()
    >>> float(x.grad)
    2.0
    """
    return _stop_gradient(variable)


_stop_gradient = primitive("stop_gradient", lambda x: x, None, promote=None, moves=True, fuse="{0}")


def vjp(f: Callable, *primals: Any, has_aux: bool = False) -> tuple:
    """The value of `f(*primals)` and the function that pulls gradients back through it.

    Returns:
        `(value, pull)`, or `(value, pull, aux)` with `has_aux`, where `f` returns `(value, aux)`.
        `pull(upstream)` gives a tuple with the gradient by each of `primals`: structures of
        Tensors; zeros where the value does not depend on one.

    >>> from minigrad import ops, vjp
    >>> y, pull = vjp(ops.sin, 0.0)
    >>> [float(g) for g in pull(1.0)]
    [1.0]
    """
    inputs = tree.map_structure(_watched_input, primals)
    mode = THREAD.mode
    mode.tapes += 1
    try:
        with no_grad(recording=True):
            value = f(*inputs)
    finally:
        mode.tapes -= 1
    aux = None
    if has_aux:
        value, aux = value
    results = [as_tensor(one) for one in tree.flatten(value)]
    # Primals that are on a tape themselves want to be differentiated through.
    traced = any(isinstance(x, Tensor) and x._record is not None for x in tree.flatten(primals))

    def pull(upstream: Any) -> tuple:
        seeds = [
            _backward.upstream_of(result, g)
            for result, g in zip(results, flatten_like(value, upstream), strict=True)
        ]
        records = [x._record for x in tree.flatten(inputs)]
        found = _backward.walk(
            results,
            seeds,
            [record for record in records if record is not None],
            create_graph=traced or mode.tapes > 0,
        )
        gradients = []
        for x in tree.flatten(inputs):
            gradient = found.get(x._record)
            if isinstance(gradient, list):
                gradient = gradient[x._index]
            gradients.append(wrap(np.zeros_like(x._value)) if gradient is None else gradient)
        return tree.pack_sequence_as(inputs, gradients)

    return (value, pull, aux) if has_aux else (value, pull)


def _watched_input(x: Any) -> Tensor:
    tensor = as_tensor(x)
    if tensor._record is not None:
        return alias(tensor)
    return wrap(tensor._value, Leaf()) if "float" in tensor.dtype else tensor


def value_and_grad(
    f: Callable, argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable:
    """A function that returns the value of `f` and its gradient.

    Args:
        f: A function of Tensors (or nested structures of them) that returns a scalar.
        argnums: By which of its positional arguments to differentiate.
        has_aux: Whether `f` returns `(value, anything)`.

    Returns:
        A function with the arguments of `f` that returns `(value, gradient)`, with `has_aux`
        `((value, aux), gradient)`; the gradient has the structure of the argument, and is a tuple
        if `argnums` is a sequence.

    >>> from minigrad import value_and_grad
    >>> value, gradient = value_and_grad(lambda x: x**3)(2.0)
    >>> float(value), float(gradient)
    (8.0, 12.0)
    """
    several = not isinstance(argnums, int)

    @functools.wraps(f)
    def with_gradient(*args: Any, **kwargs: Any) -> Any:
        of_chosen, chosen = _split(f, argnums, args, kwargs)
        result = vjp(of_chosen, *chosen, has_aux=has_aux)
        value, pull = result[:2]
        y = as_tensor(value)
        if y.size != 1:
            raise ValueError(
                "grad needs a function with a scalar result. Reduce it by ops.sum or ops.mean, or "
                f"use jacobian. Received: a result of shape {y.shape}"
            )
        gradients = pull(wrap(np.ones_like(y._value)))
        gradient = gradients if several else gradients[0]
        return ((value, result[2]), gradient) if has_aux else (value, gradient)

    return with_gradient


def _split(
    f: Callable,
    argnums: int | Sequence[int],
    args: tuple,
    kwargs: dict,
    convert: Callable = lambda x: x,
) -> tuple[Callable, list]:
    """`f` as a function of the arguments at `argnums` alone, and these arguments, converted."""
    positions = tuple(argnums) if isinstance(argnums, Sequence) else (argnums,)
    where = [position + len(args) if position < 0 else position for position in positions]
    if not all(0 <= position < len(args) for position in where):
        raise ValueError(
            "The function that is differentiated was called with too few positional "
            f"arguments. Received: argnums={argnums}, {len(args)} positional arguments"
        )
    chosen = [convert(args[position]) for position in where]
    for position, argument in zip(where, chosen, strict=True):
        for x in tree.flatten(argument):
            if "float" not in as_tensor(x).dtype:
                raise TypeError(
                    "Gradients exist by floating arguments only. Pass 2.0 instead of 2, or "
                    f"cast. Received: argument {position} of dtype {as_tensor(x).dtype}"
                )

    def of_chosen(*xs: Any) -> Any:
        full = list(args)
        for position, x in zip(where, xs, strict=True):
            full[position] = x
        return f(*full, **kwargs)

    return of_chosen, chosen


def grad(f: Callable, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable:
    """A function that computes the gradient of `f`; see `value_and_grad` for the arguments.

    >>> from minigrad import grad, ops
    >>> float(grad(grad(ops.sin))(0.5))  # sin'' = -sin
    -0.4794255495071411
    """
    both = value_and_grad(f, argnums, has_aux)

    @functools.wraps(f)
    def gradient_of(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return gradient_of


def jacobian(f: Callable, argnums: int | Sequence[int] = 0) -> Callable:
    """A function that computes every derivative of every element of `f`'s result.

    Returns:
        A function with the arguments of `f`; its result has the shape
        `result.shape + argument.shape`, one per argument if `argnums` is a sequence.

    >>> from minigrad import jacobian
    >>> jacobian(lambda x: x * x)([1.0, 2.0]).numpy()
    array([[2., 0.],
           [0., 4.]], dtype=float32)
    """
    several = not isinstance(argnums, int)

    @functools.wraps(f)
    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        of_chosen, chosen = _split(f, argnums, args, kwargs, as_tensor)
        value, pull = vjp(of_chosen, *chosen)
        y = as_tensor(value)
        result = stack_rows([pull(unit) for unit in unit_vectors(y)], y.shape, tuple(chosen))
        return result if several else result[0]

    return jacobian_of


def hessian(f: Callable, argnums: int = 0) -> Callable:
    """A function that computes the second derivatives of a scalar function.

    Returns:
        A function with the arguments of `f`; its result has the shape
        `argument.shape + argument.shape`.

    >>> from minigrad import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])([1.0, 3.0]).numpy()
    array([[6., 2.],
           [2., 0.]], dtype=float32)
    """
    return jacobian(grad(f, argnums), argnums)


class custom_gradient:
    """Give a function a gradient of your own making.

    Args:
        f: A function that returns `(result, pull)`, where `pull(upstream)` returns the gradient
            by each argument: a Tensor, or a tuple of them. Keras's form, in which `pull` takes
            `*args, upstream=None`, is understood too.

    Raises:
        TypeError: an argument that is watched can only be passed by keyword.
        ValueError: `pull` returns another number of gradients than there are arguments.

    >>> from minigrad import Tensor, custom_gradient
    >>> @custom_gradient
    ... def clipped(x):
    ...     return x * 1.0, lambda upstream: upstream.clip(-1, 1)
    >>> x = Tensor(2.0, requires_grad=True)
    >>> (clipped(x) * 10).backward()
    >>> float(x.grad)
    1.0
    """

    def __init__(self, f: Callable) -> None:
        functools.update_wrapper(self, f)
        self.f = f

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if _watched(kwargs):  # gradients go to arguments by their positions
            bound = inspect.signature(self.f).bind(*args, **kwargs)
            args, kwargs = bound.args, bound.kwargs
            lost = _watched(kwargs)
            if lost:
                raise TypeError(
                    f"custom_gradient: {_name_of(self.f)} was given {lost[0]!r} by keyword, and no "
                    "gradient would flow back to it. Pass it by position, with all arguments "
                    f"before it. Received: {lost[0]}={kwargs[lost[0]]!r}"
                )
        args = tree.map_structure(lambda x: as_tensor(x) if _is_array(x) else x, args)
        with no_grad():
            result, pull = self.f(*args, **kwargs)
        leaves = [as_tensor(x) for x in tree.flatten(args) if _is_array(x)]
        if not THREAD.mode.recording or all(x._record is None for x in leaves):
            return result
        outputs = [as_tensor(one) for one in tree.flatten(result)]
        n = len(leaves)
        # The outputs pass through the primitive, so that whoever listens sees where they are from.
        made = Primitive(
            _name_of(self.f),
            lambda *values: values[n:] if len(values) > n + 1 else values[n],
            lambda g, out, *inputs: (*_pulled(pull, g, n), *[None] * len(outputs)),
            promote=None,
            moves=True,
        )
        made.again = functools.partial(self._again, args, kwargs)
        tensors = made(*leaves, *outputs)
        return tree.pack_sequence_as(result, list(tensors) if len(outputs) > 1 else [tensors])

    def _again(self, args: tuple, kwargs: dict, leaves: Sequence) -> Any:
        """The result for other arrays in the place of those in `args`."""
        fresh = iter(leaves)
        return self(
            *tree.map_structure(lambda x: next(fresh) if _is_array(x) else x, args), **kwargs
        )


def _name_of(f: Callable) -> str:
    return getattr(f, "__name__", "custom_gradient")


def _watched(kwargs: dict) -> list[str]:
    """The names of those arguments by which gradients are wanted."""
    return [
        name
        for name, given in kwargs.items()
        if any(
            as_tensor(x)._record is not None
            for x in tree.flatten(given)
            if isinstance(x, Tensor) or hasattr(x, "__minigrad_tensor__")
        )
    ]


def _is_array(x: Any) -> bool:
    return hasattr(x, "__minigrad_tensor__") or isinstance(x, (Tensor, np.ndarray, float))


def _pulled(pull: Callable, g: Any, count: int) -> tuple:
    """The user's `pull`, which expects Tensors, called from a walk that may be bare."""
    gradients = run_recorded(_pulled_tensors, pull, g)
    if len(gradients) != count:
        raise ValueError(
            "custom_gradient: the function that pulls gradients back must return one per "
            f"argument. Expected: {count}. Received: {len(gradients)}"
        )
    if THREAD.mode.bare:
        return tuple(one if one is None else one._value for one in gradients)
    return gradients


def _pulled_tensors(pull: Callable, g: Any) -> tuple:
    upstream = tuple(map(as_tensor, g)) if type(g) is tuple else as_tensor(g)
    if "upstream" in inspect.signature(pull).parameters:
        found = pull(upstream=upstream)
    else:
        found = pull(upstream)
    return tuple(one if one is None else as_tensor(one) for one in tree.flatten(found))
