"""vectorize: a function of single numbers, or of small arrays, applied all over larger ones."""

import itertools
import re

from minigrad import tree
from minigrad.autograd.symbolic import broadcast_shapes
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.shaping import broadcast_to, reshape_to, stack

__all__ = ["vectorize"]


def vectorize(pyfunc, *, excluded=None, signature=None):
    """`pyfunc`, made to work on tensors with more axes: it is called for each place in them.

    Args:
        pyfunc: Takes and returns scalars, or what `signature` says.
        excluded: Positions and names of arguments that are passed on as they are.
        signature: The axes that `pyfunc` takes and returns, such as "(n),(n)->()".

    Returns:
        A function of tensors. Their further axes are broadcast; results have them in front.

    >>> from minigrad import ops
    >>> dots = ops.vectorize(ops.vdot, signature="(n),(n)->()")
    >>> dots(ops.ones((5, 3)), ops.ones(3)).numpy()
    array([3., 3., 3., 3., 3.], dtype=float32)
    """
    if not callable(pyfunc):
        raise TypeError(f"vectorize: `pyfunc` must be callable. Received: pyfunc={pyfunc!r}")
    excluded = set() if excluded is None else set(excluded)
    if any(not isinstance(one, int | str) for one in excluded):
        raise TypeError(
            "vectorize: `excluded` holds positions (int) and names (str) of arguments. "
            f"Received: excluded={excluded}"
        )
    core_ranks = None if signature is None else _ranks(signature)

    def vectorized(*args, **kwargs):
        taken = [k for k in range(len(args)) if k not in excluded]
        named = [name for name in kwargs if name not in excluded]
        xs = [as_tensor(args[k]) for k in taken] + [as_tensor(kwargs[name]) for name in named]
        ranks = [0] * len(xs) if core_ranks is None else core_ranks
        if len(ranks) != len(xs):
            raise TypeError(
                f"vectorize: the signature {signature!r} describes {len(ranks)} arguments. "
                f"Received: {len(xs)} arguments"
            )
        for x, rank in zip(xs, ranks, strict=True):
            if x.ndim < rank:
                raise ValueError(
                    f"vectorize: an argument of {rank} axes or more is expected. "
                    f"Received: shape={x.shape}, signature={signature!r}"
                )
        outer = broadcast_shapes(
            *(x.shape[: x.ndim - rank] for x, rank in zip(xs, ranks, strict=True))
        )
        spread = [
            broadcast_to(x, (*outer, *x.shape[x.ndim - rank :]))
            for x, rank in zip(xs, ranks, strict=True)
        ]

        def at(place):
            picked = [x[place] if place else x for x in spread]
            full = list(args)
            for k, one in zip(taken, picked, strict=False):
                full[k] = one
            return pyfunc(*full, **{**kwargs, **dict(zip(named, picked[len(taken) :]))})

        results = [at(place) for place in itertools.product(*map(range, outer))]
        if not outer:
            return results[0]
        if not results:
            raise ValueError(
                f"vectorize: there is no place to call the function for. Received: shape={outer}"
            )

        def together(*ones):
            stacked = stack([as_tensor(one) for one in ones])
            return reshape_to(stacked, shape=(*outer, *stacked.shape[1:]))

        return tree.map_structure(together, *results)

    vectorized.__name__ = getattr(pyfunc, "__name__", "vectorized")
    vectorized.__doc__ = pyfunc.__doc__
    return vectorized


def _ranks(signature):
    """The number of axes of each argument: "(n,m),(m)->(n)" gives [2, 1]."""
    group = r"\((\w+(,\w+)*)?\)"
    if not re.fullmatch(rf"{group}(,{group})*->{group}(,{group})*", signature.replace(" ", "")):
        raise ValueError(
            f'vectorize: a signature looks like "(n,m),(m)->(n)". Received: signature={signature!r}'
        )
    left = signature.replace(" ", "").split("->")[0]
    return [len(axes.split(",")) if axes else 0 for axes in re.findall(r"\(([\w,]*)\)", left)]
