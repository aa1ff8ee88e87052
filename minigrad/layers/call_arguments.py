"""The arguments of a layer's call: which are tensors, and what shapes `build` is told."""

import inspect

import numpy as np

from minigrad import tree
from minigrad.autograd.symbolic import KerasTensor, standardize_shape
from minigrad.autograd.tensor import Tensor

TENSORS = (Tensor, KerasTensor)


def is_text(x):
    """Whether `x` is a NumPy array of text, which stands where a tensor of strings would."""
    return isinstance(x, np.ndarray) and x.dtype.kind in "OSTU"


class CallArguments:
    """The arguments of one call, by name.

    Attributes:
        given: `{name: value}` of what the caller passed.
        all: The same with the defaults of the rest.
        tensors: `{name: value}` of those that are tensors, or structures of nothing but tensors.
        first: The value of the first argument.
    """

    __slots__ = ("all", "first", "given", "tensors")

    def __init__(self, signature, args, kwargs):
        bound = signature.bind(*args, **kwargs)
        self.given = dict(bound.arguments)
        bound.apply_defaults()
        self.all = bound.arguments
        self.tensors = {name: x for name, x in self.all.items() if _is_tensors(name, x)}
        self.first = next(iter(self.all.values()), None)

    def shapes(self):
        """`{name of an argument + "_shape": its shape, or structure of shapes}`."""
        return {
            f"{name}_shape": tree.map_structure(
                lambda x: None if x is None else standardize_shape(x.shape), x
            )
            for name, x in self.tensors.items()
            if name not in ("mask", "args", "kwargs")
        }


def _is_tensors(name, x):
    if isinstance(x, TENSORS):
        return True
    if not tree.is_nested(x) or not len(x):
        return False
    leaves = tree.flatten(x)
    tensors = sum(isinstance(leaf, TENSORS) for leaf in leaves)
    if tensors and tensors + sum(leaf is None or is_text(leaf) for leaf in leaves) < len(leaves):
        raise ValueError(
            "In a nested call() argument, you cannot mix tensors and non-tensors. Pass what is "
            f"not a tensor as an argument of its own. Received invalid mixed argument: {name}={x}"
        )
    return tensors > 0 or all(leaf is None for leaf in leaves)


def shapes_for(method, arguments, layer):
    """The shapes in `arguments` by the names of the parameters of `build` or its like.

    One parameter gets the shape of the first tensor. Several must be called like the arguments of
    `call`, with `_shape` behind.
    """
    shapes = arguments.shapes()
    names = [
        name
        for name, parameter in inspect.signature(method).parameters.items()
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if len(names) == 1:
        return {names[0]: next(iter(shapes.values()), None)}
    rule = (
        f"For a `{method.__name__}()` method with more than one argument, all arguments should "
        "have a `_shape` suffix and match an argument from `call()`, as in "
        f"`{method.__name__}(self, foo_shape, bar_shape)`. For layer '{layer}', received "
        f"`{method.__name__}()` argument"
    )
    for name in names:
        if not name.endswith("_shape"):
            raise ValueError(f"{rule} `{name}`, which does not end in `_shape`.")
        if name.removesuffix("_shape") not in arguments.all:
            raise ValueError(
                f"{rule} `{name}`, but `call()` does not have argument "
                f"`{name.removesuffix('_shape')}`."
            )
    return {name: shapes[name] for name in names if name in shapes}
