"""Branches and loops as ops: Python's own, which the tape follows step by step.

On KerasTensors a function is tried out once, and gives shapes and dtypes.
"""

import builtins
import operator

from minigrad import tree
from minigrad.autograd.output_spec import compute_output_spec
from minigrad.autograd.primitive import op
from minigrad.autograd.symbolic import KerasTensor, is_symbolic
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import normalize_axis
from minigrad.ops.indexing import getitem
from minigrad.ops.shaping import concatenate, flip, stack

__all__ = [
    "associative_scan",
    "cond",
    "fori_loop",
    "map",
    "scan",
    "switch",
    "vectorized_map",
    "while_loop",
]


def _tensors(structure):
    return tree.map_structure(lambda x: x if x is None else as_tensor(x), structure)


def _same_spec(a, b):
    try:
        tree.assert_same_structure(a, b)
    except (ValueError, TypeError):
        return False
    return all(
        x is y is None or (None not in (x, y) and (x.shape, x.dtype) == (y.shape, y.dtype))
        for x, y in zip(tree.flatten(a), tree.flatten(b), strict=True)
    )


@op
def cond(pred, true_fn, false_fn):
    """`true_fn()` if `pred` is true, else `false_fn()`; only that one is called.

    >>> from minigrad import ops
    >>> float(ops.cond(ops.array(3.0) > 2.0, lambda: ops.array(1.0), lambda: ops.array(-1.0)))
    1.0
    """
    if not isinstance(pred, KerasTensor):
        return true_fn() if pred else false_fn()
    specs = compute_output_spec(true_fn), compute_output_spec(false_fn)
    if not _same_spec(*specs):
        raise ValueError(
            "`true_fn` and `false_fn` should return outputs of the same kind (struct, dtype and "
            f"shape). Received: {specs[0]} and {specs[1]}"
        )
    return specs[0]


@op
def switch(index, branches, *operands):
    """`branches[index](*operands)`; an index that is out of range is moved to the nearest branch.

    >>> from minigrad import ops
    >>> float(ops.switch(1, [ops.sin, ops.exp], 0.0))
    1.0
    """
    if is_symbolic((index, operands)):
        return compute_output_spec(branches[0], *operands)
    index = min(max(int(index), 0), len(branches) - 1)
    return branches[index](*_tensors(operands))


@op
def while_loop(cond, body, loop_vars, maximum_iterations=None):
    """Apply `body` to `loop_vars` as long as `cond` of them holds.

    Args:
        cond: `cond(*loop_vars)` is true or false.
        body: `body(*loop_vars)` returns the new loop_vars, in the same structure.
        loop_vars: A tensor, or a tuple or list of them, which are passed one by one.
        maximum_iterations: After so many rounds it ends anyway.

    Returns:
        The last loop_vars.

    >>> from minigrad import ops
    >>> int(ops.while_loop(lambda n: n < 100, lambda n: n * 3, 1))
    243
    """
    several = isinstance(loop_vars, (tuple, list))
    state = _tensors(tuple(loop_vars) if several else (loop_vars,))
    if is_symbolic(state):
        compute_output_spec(cond, *state)
        new = compute_output_spec(body, *state)
        _check_state("while_loop", state if several else state[0], new)
        return state if several else state[0]
    rounds = 0
    while (maximum_iterations is None or rounds < maximum_iterations) and cond(*state):
        new = body(*state)
        if several and not isinstance(new, (tuple, list)):
            raise TypeError(
                "while_loop: `body` must return as many loop variables as it got. "
                f"Expected: {len(state)}. Received: {new!r}"
            )
        state = _tensors(tuple(new) if several else (new,))
        rounds += 1
    return state if several else state[0]


def _check_state(name, old, new):
    """Raise where a round of a loop changes the structure of its state."""
    if isinstance(old, tuple) and isinstance(new, list):
        new = tuple(new)
    try:
        tree.assert_same_structure(old, new)
    except (ValueError, TypeError) as error:
        raise TypeError(
            f"{name}: a round must return its state in the structure that it got it in. {error}"
        ) from None


@op
def fori_loop(lower, upper, body_fun, init_val):
    """The state after `state = body_fun(i, state)` for all i from `lower` to `upper` - 1.

    >>> from minigrad import ops
    >>> int(ops.fori_loop(1, 5, lambda i, product: product * i, 1))
    24
    """
    if is_symbolic((lower, upper, init_val)):
        _check_state("fori_loop", init_val, compute_output_spec(body_fun, as_tensor(0), init_val))
        return init_val
    state = _tensors(init_val)
    for i in range(operator.index(lower), operator.index(upper)):
        state = _tensors(body_fun(as_tensor(i), state))
    return state


def _length(name, xs, axis=0):
    """The common length of the leading axes of a structure of tensors."""
    lengths = {x.shape[axis] for x in tree.flatten(xs) if x.ndim}
    if len(lengths) != 1 or builtins.any(not x.ndim for x in tree.flatten(xs)):
        raise ValueError(
            f"{name}: all tensors must have the same first dimension, or length of axis {axis}. "
            f"Received: shapes {[x.shape for x in tree.flatten(xs)]}"
        )
    return lengths.pop()


def _at(xs, i):
    return tree.map_structure(lambda x: getitem(x, i), xs)


def _stacked(ys):
    """A list of equal structures as one structure of tensors, stacked along a new first axis."""
    return tree.map_structure(
        lambda *one: None if one[0] is None else stack([as_tensor(y) for y in one]), *ys
    )


@op
def scan(f, init, xs=None, length=None, reverse=False, unroll=1):
    """Walk along the first axis of `xs`, carrying a state along: `carry, y = f(carry, x)`.

    Args:
        f: Takes the state and a slice of `xs` (None without `xs`), returns the new state and a
            piece of the result.
        init: The first state: a tensor or a structure of them.
        xs: A tensor or a structure of them, of one length along their first axes.
        length: The number of steps, if there is no `xs`.
        reverse: Whether to walk from the end to the beginning; results keep their places.
        unroll: Accepted, and without effect.

    Returns:
        The last state, and the pieces stacked along a new first axis.

    >>> from minigrad import ops
    >>> def add(total, x):
    ...     return total + x, total + x
    >>> last, totals = ops.scan(add, 0.0, ops.array([1.0, 2.0, 3.0]))
    >>> totals.numpy()
    array([1., 3., 6.], dtype=float32)
    """
    if not isinstance(unroll, bool) and (not isinstance(unroll, int) or unroll < 1):
        raise ValueError(
            f"`unroll` must be an positive integer or boolean. Received: unroll={unroll}"
        )
    if not callable(f):
        raise TypeError(f"`f` should be a callable. Received: f={f}")
    init, xs = _tensors(init), _tensors(xs)
    if xs is None and length is None:
        raise ValueError(
            "Got no `xs` to scan over and `length` not provided. Received: xs=None, length=None"
        )
    steps = length if xs is None else _length("scan", xs)
    if length is not None and steps is not None and int(length) != steps:
        raise ValueError(
            "`length` must be the length of the first axis of `xs`. "
            f"Received: length={length}, xs of length {steps}"
        )
    if is_symbolic((init, xs)):
        carry, y = compute_output_spec(f, init, None if xs is None else _at(xs, 0))
        return carry, _with_axis(y, 0, steps)
    carry, ys = init, []
    for i in builtins.reversed(range(int(steps))) if reverse else range(int(steps)):
        carry, y = f(carry, None if xs is None else _at(xs, i))
        carry = _tensors(carry)
        ys.append(y)
    if not ys:
        _, y = compute_output_spec(f, init, None if xs is None else _first_spec(xs))
        return carry, _empty(y)
    return carry, _stacked(ys[::-1] if reverse else ys)


def _first_spec(xs):
    return tree.map_structure(lambda x: KerasTensor(x.shape[1:], x.dtype), xs)


def _with_axis(y, axis, length):
    return tree.map_structure(
        lambda t: (
            None if t is None else KerasTensor((*t.shape[:axis], length, *t.shape[axis:]), t.dtype)
        ),
        y,
    )


def _empty(y):
    from minigrad.ops.creation import zeros

    return tree.map_structure(lambda t: None if t is None else zeros((0, *t.shape), t.dtype), y)


@op
def map(f, xs):
    """`f` of each slice of `xs` along the first axis, stacked.

    Args:
        f: Takes a slice, returns a tensor or a structure of them.
        xs: A tensor or a structure of them, of one length along their first axes.

    >>> from minigrad import ops
    >>> ops.map(lambda row: ops.sum(row), ops.array([[1.0, 2.0], [3.0, 4.0]])).numpy()
    array([3., 7.], dtype=float32)
    """
    xs = _tensors(xs)
    steps = _length("map", xs)
    if is_symbolic(xs):
        return _with_axis(compute_output_spec(f, _first_spec(xs)), 0, steps)
    if not steps:
        return _empty(compute_output_spec(f, _first_spec(xs)))
    return _stacked([f(_at(xs, i)) for i in range(steps)])


@op
def vectorized_map(function, elements):
    """`function` of each slice of `elements` along the first axis, stacked.

    Several tensors are given to the function in the structure they came in.

    >>> from minigrad import ops
    >>> ops.vectorized_map(lambda x: x * x, ops.array([1.0, 2.0, 3.0])).numpy()
    array([1., 4., 9.], dtype=float32)
    """
    return map(function, elements)


@op
def associative_scan(f, elems, reverse=False, axis=0):
    """All partial results x₀, f(x₀, x₁), f(f(x₀, x₁), x₂), … of an associative f, in few calls.

    f works on many pairs at once: neighbours are combined, the partial results of the pairs found
    in the same way, and those in between follow (Blelloch, "Prefix sums and their applications",
    1990). That takes 2·log₂ n calls of f instead of n.

    Args:
        f: `f(a, b)` of two structures like `elems`, element by element along `axis`.
        elems: A tensor or a structure of them, of one length along `axis`.
        reverse: Whether to go from the end to the beginning.
        axis: Along which to go.

    >>> from minigrad import ops
    >>> ops.associative_scan(lambda a, b: a * b, ops.array([1, 2, 3, 4])).numpy()
    array([ 1,  2,  6, 24], dtype=int32)
    """
    if not callable(f):
        raise TypeError(f"`f` should be a callable. Received: f={f}")
    elems = _tensors(elems)
    axes = {normalize_axis(axis, x.ndim) for x in tree.flatten(elems)}
    _length("associative_scan", elems, axis)
    if is_symbolic(elems):
        one = tree.map_structure(lambda x: _part(x, axis % x.ndim, 0, 1), elems)
        spec = compute_output_spec(f, one, one)
        return tree.map_structure(lambda x, y: KerasTensor(x.shape, y.dtype), elems, spec)
    (axis,) = axes if len(axes) == 1 else (axis,)
    if reverse:
        elems = tree.map_structure(lambda x: flip(x, axis), elems)
    result = _scanned(f, elems, axis)
    return tree.map_structure(lambda x: flip(x, axis), result) if reverse else result


def _part(x, axis, *limits):
    return getitem(x, (builtins.slice(None),) * axis + (builtins.slice(*limits),))


def _scanned(f, elems, axis):
    length = tree.flatten(elems)[0].shape[axis]
    if length < 2:
        return elems

    def part(structure, *limits):
        return tree.map_structure(lambda x: _part(x, axis % x.ndim, *limits), structure)

    pairs = f(part(elems, 0, length - 1, 2), part(elems, 1, None, 2))
    odd = _scanned(f, pairs, axis)  # results number 1, 3, 5, …
    even = part(elems, 0, 1)
    if length > 2:
        rest = f(part(odd, 0, (length - 1) // 2), part(elems, 2, None, 2))
        even = tree.map_structure(lambda a, b: concatenate([a, b], axis=axis), even, rest)
    return tree.map_structure(lambda a, b: _interleaved(a, b, axis % a.ndim), even, odd)


def _interleaved(even, odd, axis):
    """even[0], odd[0], even[1], odd[1], … along `axis`."""
    pairs = odd.shape[axis]
    both = stack([_part(even, axis, 0, pairs), odd], axis=axis + 1)
    both = both.reshape((*odd.shape[:axis], 2 * pairs, *odd.shape[axis + 1 :]))
    if even.shape[axis] == pairs:
        return both
    return concatenate([both, _part(even, axis, pairs, None)], axis=axis)
