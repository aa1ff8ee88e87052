"""Rematerialization: results on the way are computed again in the backward pass, not kept.

T. Chen et al. (2016), "Training deep nets with sublinear memory cost", arXiv:1604.06174.
"""

import functools
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.autocast import AutocastScope, get_autocast_scope
from minigrad.autograd.backward import RECORDS, walk
from minigrad.autograd.primitive import Primitive, primitive
from minigrad.autograd.record import THREAD, next_number, no_grad, run_recorded, switched
from minigrad.autograd.symbolic import is_symbolic
from minigrad.autograd.tensor import Tensor, as_tensor, wrap
from minigrad.masking import get_keras_mask, set_keras_mask
from minigrad.stateless_scope import StatelessScope, get_stateless_scope

MODES = ("full", "activations", "larger_than", "list_of_layers", None)
_thread = threading.local()

# A copy, which the compiler may not see through: what is computed of it again would else be
# recognized as what has been computed before, and kept after all.
_again = primitive(
    "compute_again", lambda x: np.array(x), (lambda g, out, x: g,), promote=None, moves=True
)


@dataclass(frozen=True)
class RematMode:
    """What a RematScope asks for."""

    mode: str | None
    output_size_threshold: int = 1024
    layer_names: tuple = ()


class RematScope:
    """Layers made inside keep less for the backward pass, and compute it again instead.

    Args:
        mode: "full" for every layer; "activations" for the activation functions of layers alone;
            "larger_than" for layers with large outputs; "list_of_layers" for those of some names;
            None for none.
        output_size_threshold: In elements, for "larger_than".
        layer_names: For "list_of_layers".

    Raises:
        ValueError: another mode.

    >>> import minigrad as mg
    >>> with mg.RematScope("full"):
    ...     layer = mg.layers.Dense(2)
    >>> layer(mg.ops.ones((1, 3))).shape
    (1, 2)
    """

    def __init__(self, mode="full", output_size_threshold=1024, layer_names=None):
        if mode not in MODES:
            raise ValueError(
                "Supported modes are: 'full', 'activations', 'larger_than', 'list_of_layers', or "
                f"None. Received: mode={mode!r}"
            )
        self.mode = mode
        self.output_size_threshold = output_size_threshold
        self.layer_names = layer_names or []

    def __enter__(self):
        names = tuple(self.layer_names)
        _scopes().append(RematMode(self.mode, self.output_size_threshold, names))
        return self

    def __exit__(self, *exc_info):
        _scopes().pop()


def _scopes():
    if not hasattr(_thread, "scopes"):
        _thread.scopes = []
    return _thread.scopes


def get_current_remat_mode():
    """The RematMode of the innermost scope, or None."""
    scopes = _scopes()
    return scopes[-1] if scopes else None


def rematerialized(operation, function, args, kwargs):
    """`function`, which computes for a layer or an Operation, as its RematMode wants it."""
    mode = operation._remat_mode
    if mode is None:
        return function
    if mode.mode == "full" or (
        mode.mode == "list_of_layers" and operation.name in mode.layer_names
    ):
        return remat(function)
    if mode.mode == "larger_than":
        spec = operation.compute_output_spec(*args, **kwargs)
        size = sum(prod(n or 1 for n in x.shape) for x in tree.flatten(spec))
        return remat(function) if size > mode.output_size_threshold else function
    if mode.mode == "activations" and getattr(operation, "activation", None) is not None:

        @functools.wraps(function)
        def with_activation(*args, **kwargs):
            plain = operation.activation
            # Past what a layer tracks: it is put back at once.
            object.__setattr__(operation, "activation", remat(plain))
            try:
                return function(*args, **kwargs)
            finally:
                object.__setattr__(operation, "activation", plain)

        return with_activation
    return function


# What a computation depends on besides its arguments and Variables: functions that look at the
# state of the thread, and return one that makes a context manager with the same state.
_surroundings = [
    lambda: functools.partial(AutocastScope, getattr(get_autocast_scope(), "dtype", None))
]


def keep_when_computed_again(capture):
    """Let `capture()()` be a context manager that is entered when something is computed again."""
    _surroundings.append(capture)


def remat(f):
    """A function that computes as `f` does, and keeps none of its intermediate results.

    The backward pass calls `f` again: with the same arguments, and with the Variables as they were
    the first time, so that dropout draws the same numbers. What `f` assigns counts once.

    Args:
        f: A function of Tensors, or a layer.

    >>> import minigrad as mg
    >>> x = mg.Tensor([1.0, 2.0], requires_grad=True)
    >>> mg.remat(lambda x: mg.ops.square(x) * x)(x).sum().backward()
    >>> x.grad.numpy()
    array([ 3., 12.], dtype=float32)
    """

    @functools.wraps(f, updated=())
    def rematerialized(*args, **kwargs):
        if is_symbolic((args, kwargs)) or not THREAD.mode.recording:
            return f(*args, **kwargs)
        return _Computation(f, args, kwargs).run()

    return rematerialized


class _Notes:
    """Stands in the place of the tracer, and notes the Variables that are read, with values."""

    def __init__(self, outer):
        self._outer = outer
        self.values = {}  # by id: (variable, value), None for one that is written first

    def __getattr__(self, name):
        return getattr(self._outer, name, None) or (lambda *_: None)

    def variable_read(self, variable):
        if self._outer is not None:
            self._outer.variable_read(variable)
        if id(variable) not in self.values:
            value = variable._current()
            self.values[id(variable)] = None if value is None else (variable, value)

    def variable_written(self, variable, tensor):
        if self._outer is not None:
            self._outer.variable_written(variable, tensor)
        if id(variable) not in self.values:
            is_new = variable._current() is None
            value = wrap(tensor._value, variable._watch())
            self.values[id(variable)] = (variable, value) if is_new else None


class _Computation:
    """A call of a function that may have to be made again."""

    def __init__(self, f, args, kwargs):
        self.f = f
        self.args, self.kwargs = tree.map_structure(
            lambda x: as_tensor(x) if isinstance(x, np.ndarray) else x, (args, kwargs)
        )
        # A layer may take the masks off its arguments.
        self.masks = [get_keras_mask(x) for x in tree.flatten((self.args, self.kwargs))]
        scope = get_stateless_scope()
        self.variables = list(scope._entries.values()) if scope else []
        self.surroundings = [capture() for capture in _surroundings]

    def run(self):
        start = next_number()
        notes = _Notes(THREAD.mode.tracer)
        with switched(tracer=notes):
            result = self.f(*self.args, **self.kwargs)
        self.variables += [one for one in notes.values.values() if one is not None]
        flat = tree.flatten(result)
        watched = [x for x in flat if isinstance(x, Tensor) and x._record is not None]
        # Closed over, or given, or Variables: what the result depends on.
        self.sources = _sources(watched, start)
        if not self.sources:
            return result
        n, plain = len(self.sources), [wrap(x._value) for x in watched]
        made = Primitive(
            "rematerialized",
            lambda *values: values[n:] if len(values) > n + 1 else values[n],
            lambda g, out, *inputs: (*self._pulled(g), *[None] * len(plain)),
            promote=None,
            moves=True,
        )
        outputs = made(*self.sources, *plain)
        outputs = outputs if len(plain) > 1 else [outputs]
        for x, y in zip(watched, outputs, strict=True):
            if get_keras_mask(x) is not None:
                set_keras_mask(y, get_keras_mask(x))
        outputs = iter(outputs)
        kept = {id(x) for x in watched}
        return tree.pack_sequence_as(result, [next(outputs) if id(x) in kept else x for x in flat])

    def _pulled(self, g):
        gradients = run_recorded(self._gradients, g if type(g) is tuple else (g,))
        if THREAD.mode.bare:
            return [one if one is None else one._value for one in gradients]
        return gradients

    def _gradients(self, upstream):
        create_graph = THREAD.mode.recording and THREAD.mode.tapes > 0
        with no_grad(recording=True), ExitStack() as stack:
            start = next_number()
            fresh = {}

            def again(x: Any):
                if not isinstance(x, Tensor):
                    return x
                key = (x._record, x._index) if x._record is not None else id(x)
                if key not in fresh:
                    fresh[key] = _again(x)
                return fresh[key]

            args, kwargs = tree.map_structure(again, (self.args, self.kwargs))
            for x, mask in zip(tree.flatten((args, kwargs)), self.masks, strict=True):
                if mask is not None:
                    set_keras_mask(x, mask)
            for surrounding in self.surroundings:
                stack.enter_context(surrounding())
            stack.enter_context(
                StatelessScope([(variable, again(value)) for variable, value in self.variables])
            )
            result = self.f(*args, **kwargs)
            results = [
                x for x in tree.flatten(result) if isinstance(x, Tensor) and x._record is not None
            ]
        sources = [fresh.get((x._record, x._index), x) for x in self.sources]
        found = walk(
            results,
            [as_tensor(one) for one in upstream],
            [x._record for x in sources],
            create_graph=create_graph,
            between=[(start, float("inf"))],
        )
        gradients = []
        for x in sources:
            gradient = found.get(x._record)
            gradients.append(gradient[x._index] if isinstance(gradient, list) else gradient)
        return gradients


def _sources(tensors, start):
    """The watched Tensors older than `start` that these were computed from."""
    seen, sources = set(), {}
    todo = list(tensors)
    while todo:
        x = todo.pop()
        record = x._record
        if type(record) not in RECORDS or record.number <= start:
            sources.setdefault((record, x._index), x)
        elif record not in seen:
            seen.add(record)
            todo += [y for y in record.inputs if type(y) is Tensor and y._record is not None]
    return list(sources.values())
