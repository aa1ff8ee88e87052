"""Axes by name: `rearrange` splits, permutes and merges them as a pattern says."""

import re
from math import prod

from minigrad.autograd.primitive import op
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import size_of
from minigrad.ops.shaping import permute, reshape_to

__all__ = ["rearrange"]


def _groups(side, pattern):
    """One side of a pattern: for each axis of a tensor, the names that it is made of."""
    tokens = re.findall(r"\([\w\s]*\)|\w+|\S", side)
    groups = [token.strip("()").split() for token in tokens]
    names = [name for group in groups for name in group if name != "1"]
    wrong = [name for name in names if not name.isidentifier()]
    if wrong or len(set(names)) < len(names):
        raise ValueError(
            "rearrange: a pattern consists of names, each once on either side, of parentheses "
            f"around those that form one axis, and of 1. Received: pattern={pattern!r}"
        )
    # An axis of length 1 is a group of no names.
    return [[name for name in group if name != "1"] for group in groups]


def _lengths(x, groups, known, pattern):
    """The length of each name, from the shape and what the caller said; None if unknown."""
    lengths = dict(known)
    for length, group in zip(x.shape, groups, strict=True):
        missing = [name for name in group if name not in lengths]
        rest = prod(lengths[name] for name in group if name in lengths)
        if len(missing) > 1:
            raise ValueError(
                f"rearrange: of ({' '.join(group)}) all lengths but one must be given, as "
                f"arguments. Received: pattern={pattern!r}, lengths of {list(known)}"
            )
        if missing:
            fits = length is None or (rest and length % rest == 0)
            lengths[missing[0]] = None if length is None else length // (rest or 1)
        else:
            fits = length is None or length == rest
        if not fits:
            raise ValueError(
                f"rearrange: an axis of length {length} cannot be ({' '.join(group)}) with the "
                f"lengths {known}. Received: tensor.shape={x.shape}, pattern={pattern!r}"
            )
    return lengths


@op
def rearrange(tensor, pattern, **axes_lengths):
    """The axes split, permuted and merged as a pattern says (Rogozhnikov, "Einops", 2022).

    Args:
        pattern: Names of the axes before and after "->"; names in parentheses are one axis, whose
            first name changes slowest.
        axes_lengths: Lengths of names that the shape does not tell.

    >>> from minigrad import ops
    >>> images = ops.ones((6, 8, 8, 3))
    >>> ops.rearrange(images, "(a b) h w c -> (a h) (b w) c", a=2).shape
    (16, 24, 3)
    """
    x = as_tensor(tensor)
    if pattern.count("->") != 1:
        raise ValueError(f"rearrange: a pattern has one '->'. Received: pattern={pattern!r}")
    before, after = (_groups(side, pattern) for side in pattern.split("->"))
    names = [name for group in before for name in group]
    wanted = [name for group in after for name in group]
    if sorted(names) != sorted(wanted) or not set(axes_lengths) <= set(names):
        raise ValueError(
            "rearrange: the same names must stand on both sides of '->', and only they have "
            f"lengths. Received: pattern={pattern!r}, lengths of {list(axes_lengths)}"
        )
    if len(before) != x.ndim:
        raise ValueError(
            f"rearrange: the pattern names {len(before)} axes, the tensor has {x.ndim}. "
            f"Received: tensor.shape={x.shape}, pattern={pattern!r}"
        )
    lengths = _lengths(x, before, axes_lengths, pattern)
    x = reshape_to(x, shape=tuple(lengths[name] for name in names))
    x = permute(x, axes=tuple(names.index(name) for name in wanted))
    return reshape_to(x, shape=tuple(size_of([lengths[n] for n in group]) for group in after))
