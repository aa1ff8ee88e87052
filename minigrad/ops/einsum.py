"""einsum: sums of products, written with a letter for each axis.

`"bij,bjk->bik"` multiplies two operands over axes of the same letter and sums over the letters that
are not in the result. Two operands meet in one matrix product: letters that both have and that
stay are a batch, letters that both have and that vanish are summed over. More operands are
multiplied two at a time.
"""

import functools
from collections import Counter

from minigrad.autograd.primitive import op
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import size_of
from minigrad.ops.casting import cast
from minigrad.ops.diagonals import get_diagonal
from minigrad.ops.products import matmul
from minigrad.ops.reduction import reduce_sum
from minigrad.ops.shaping import broadcast_to, permute, reshape_to

__all__ = ["einsum"]


@op
def einsum(subscripts, *operands, **kwargs):
    """The sum of products that `subscripts` describes (Einstein's convention).

    Args:
        subscripts: For each operand a letter per axis, then "->" and the letters of the result.
            Letters that are not in the result are summed over; an ellipsis stands for all other
            axes, which are broadcast. Without "->" the result has the letters that occur once, in
            alphabetical order.

    >>> from minigrad import ops
    >>> ops.einsum("ij,jk->ik", ops.ones((2, 3)), ops.ones((3, 4))).shape
    (2, 4)
    >>> float(ops.einsum("ii", [[1.0, 2.0], [3.0, 4.0]]))
    5.0
    """
    tensors = [as_tensor(x) for x in operands]
    if tensors and all(x.dtype == "int8" for x in tensors):
        tensors = [cast(x, "int32") for x in tensors]
    terms, result = _parsed(subscripts, tuple(x.ndim for x in tensors))
    _check_lengths(subscripts, terms, tensors)
    tensors, terms = map(list, zip(*map(_without_repetition, tensors, terms), strict=True))
    while len(tensors) > 1:
        x1, x2 = tensors.pop(0), tensors.pop(0)
        term1, term2 = terms.pop(0), terms.pop(0)
        needed = set(result).union(*terms)
        x, term = _product(x1, term1, x2, term2, needed, result if not tensors else None)
        tensors.insert(0, x)
        terms.insert(0, term)
    return _arranged(tensors[0], terms[0], result)


@functools.lru_cache(maxsize=1024)
def _parsed(subscripts, ranks):
    """(the letters of each operand, the letters of the result), ellipses replaced by letters."""
    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks):
        raise ValueError(
            f"einsum: {len(terms)} operands are described, and {len(ranks)} were given. "
            f"Received: subscripts={subscripts!r}"
        )
    hidden = 0
    for term, rank in zip(terms, ranks, strict=True):
        letters = term.replace("...", "")
        count = rank - len(letters)
        if not all(letter.isalpha() for letter in letters) or (
            count if "..." not in term else count < 0
        ):
            raise ValueError(
                f"einsum: {term!r} must have one letter for each of the {rank} axes of its "
                f"operand, or an ellipsis for some of them. Received: subscripts={subscripts!r}"
            )
        hidden = max(hidden, count)
    # Not letters, so nobody wrote them; those of an operand are the last of them.
    extra = [chr(k) for k in range(1, hidden + 1)]
    filled = []
    for term, rank in zip(terms, ranks, strict=True):
        count = rank - len(term.replace("...", ""))
        filled.append(term.replace("...", "".join(extra[hidden - count :])))
    if arrow:
        result = right.replace("...", "".join(extra))
    else:
        counts = Counter("".join(filled))
        once = sorted(letter for letter, n in counts.items() if n == 1 and letter.isalpha())
        result = "".join(extra + once)
    missing = set(result) - set("".join(filled))
    if missing or len(set(result)) < len(result):
        raise ValueError(
            "einsum: each letter of the result must be in an operand, and occur once in the "
            f"result. Received: subscripts={subscripts!r}"
        )
    return tuple(filled), result


def _check_lengths(subscripts, terms, tensors):
    lengths = {}
    for term, x in zip(terms, tensors, strict=True):
        for letter, length in zip(term, x.shape, strict=True):
            known = lengths.setdefault(letter, length)
            if known != length and None not in (known, length):
                if 1 not in (known, length):
                    raise ValueError(
                        f"einsum: the axes {letter!r} have the lengths {known} and {length}; they "
                        f"must be equal. Received: subscripts={subscripts!r}, shapes "
                        f"{', '.join(str(x.shape) for x in tensors)}"
                    )
                lengths[letter] = max(known, length)


def _without_repetition(x, term):
    """Where one operand has a letter twice, only its diagonal counts."""
    for letter in sorted(set(term)):
        while term.count(letter) > 1:
            first = term.index(letter)
            second = term.index(letter, first + 1)
            x = get_diagonal(x, offset=0, axis1=first, axis2=second)
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + letter
    return x, term


def _product(x1, term1, x2, term2, needed, result):
    """The product of two operands, summed over what nobody needs, and its letters."""
    x1, term1 = _summed(x1, term1, needed | set(term2))
    x2, term2 = _summed(x2, term2, needed | set(term1))
    lengths = {}
    for letter, length in (*zip(term1, x1.shape), *zip(term2, x2.shape)):
        if lengths.get(letter, 1) == 1:
            lengths[letter] = length
    shared = [letter for letter in term1 if letter in term2]
    batch = [letter for letter in shared if letter in needed]
    over = [letter for letter in shared if letter not in needed]
    rows = [letter for letter in term1 if letter not in term2]
    columns = [letter for letter in term2 if letter not in term1]
    if result is not None:  # an order that spares the last permutation, if there is one
        batch, rows, columns = (sorted(group, key=result.index) for group in (batch, rows, columns))
        if columns and rows and result.index(columns[0]) < result.index(rows[0]):
            x1, term1, x2, term2, rows, columns = x2, term2, x1, term1, columns, rows
    left = _stacked(x1, term1, batch, rows, over, lengths)
    right = _stacked(x2, term2, batch, over, columns, lengths)
    product = matmul(left, right)
    term = "".join(batch + rows + columns)
    return reshape_to(product, shape=tuple(lengths[letter] for letter in term)), term


def _summed(x, term, needed):
    """`x` summed over the axes whose letters nobody needs."""
    axes = tuple(axis for axis, letter in enumerate(term) if letter not in needed)
    if not axes:
        return x, term
    x = reduce_sum(x, axis=axes, keepdims=False)
    return x, "".join(letter for letter in term if letter in needed)


def _stacked(x, term, batch, rows, columns, lengths):
    """`x` as matrices: the axes of `batch`, then those of `rows` as one, and of `columns`."""
    order = tuple(term.index(letter) for letter in (*batch, *rows, *columns))
    if order != tuple(range(x.ndim)):
        x = permute(x, axes=order)
    whole = tuple(lengths[letter] for letter in (*batch, *rows, *columns))
    if x.shape != whole and None not in whole:  # an axis of length 1 under an ellipsis
        x = broadcast_to(x, whole)
    sizes = [
        size_of(tuple(lengths[letter] for letter in group)) for group in (batch, rows, columns)
    ]
    shape = tuple(sizes) if batch else tuple(sizes[1:])
    return x if x.shape == shape else reshape_to(x, shape=shape)


def _arranged(x, term, result):
    x, term = _summed(x, term, result)
    order = tuple(term.index(letter) for letter in result)
    return permute(x, axes=order) if order != tuple(range(x.ndim)) else x
