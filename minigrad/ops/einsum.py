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
from minigrad.ops.shaping import expand_to, permute, reshape_to

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
    products, last = _planned(subscripts, tuple(x.shape for x in tensors))
    x = tensors[0]
    for y, (todo_x, todo_y, swapped) in zip(tensors[1:], products, strict=True):
        x, y = _done(x, todo_x), _done(y, todo_y)
        x = matmul(y, x) if swapped else matmul(x, y)
    return _done(x, last)


def _done(x, todo):
    for primitive, params in todo:
        x = primitive(x, **params)
    return x


# What is to be done depends on the shapes alone: it is planned once, and remembered.


class Operand:
    """An operand on paper: a letter and a length for each axis, and what is to be done to it."""

    def __init__(self, letters, shape):
        self.letters = list(letters)
        self.shape = list(shape)
        self.todo = []

    def take_diagonals(self):
        """Where a letter occurs twice, only the diagonal counts."""
        for letter in sorted(set(self.letters)):
            while self.letters.count(letter) > 1:
                first = self.letters.index(letter)
                second = self.letters.index(letter, first + 1)
                self._do(get_diagonal, offset=0, axis1=first, axis2=second)
                length = self.shape[first]
                for axis in (second, first):
                    del self.letters[axis], self.shape[axis]
                self.letters.append(letter)
                self.shape.append(length)

    def sum_all_but(self, needed):
        axes = tuple(axis for axis, letter in enumerate(self.letters) if letter not in needed)
        if axes:
            self._do(reduce_sum, axis=axes, keepdims=False)
            for axis in reversed(axes):
                del self.letters[axis], self.shape[axis]

    def put_in_order(self, letters):
        order = tuple(map(self.letters.index, letters))
        if order != tuple(range(len(order))):
            self._do(permute, axes=order)
            self.letters = [self.letters[axis] for axis in order]
            self.shape = [self.shape[axis] for axis in order]

    def stretch(self, lengths):
        """Axes of length 1 to the length that the letter has elsewhere."""
        shape = [lengths[letter] for letter in self.letters]
        if shape != self.shape and None not in shape:
            self._do(expand_to, shape=tuple(shape))
            self.shape = shape

    def join_axes(self, *groups):
        """Each group of letters as one axis, where the letters are in that order already."""
        lengths = dict(zip(self.letters, self.shape))
        shape = tuple(size_of(tuple(lengths[letter] for letter in group)) for group in groups)
        if shape != tuple(self.shape):
            self._do(reshape_to, shape=shape)

    def _do(self, primitive, **params):
        self.todo.append((primitive, params))


@functools.lru_cache(maxsize=1024)
def _planned(subscripts, shapes):
    """([what to do before each product], what to do at the end)."""
    terms, result = _parsed(subscripts, tuple(map(len, shapes)))
    _check_lengths(subscripts, terms, shapes)
    operands = list(map(Operand, terms, shapes))
    for operand in operands:
        operand.take_diagonals()
    x, products = operands[0], []
    for place, y in enumerate(operands[1:], 1):
        later = [letter for one in operands[place + 1 :] for letter in one.letters]
        is_last = place == len(operands) - 1
        product, swapped = _product(x, y, {*result, *later}, result if is_last else None)
        products.append((x.todo, y.todo, swapped))
        x = product
    x.sum_all_but(result)
    x.put_in_order(result)
    return products, x.todo


def _product(x, y, needed, order):
    """The product of two operands, and whether they must be exchanged for it.

    Args:
        needed: The letters that later operands or the result have.
        order: The letters of the result; the product comes in this order, if it can.
    """
    x.sum_all_but(needed | set(y.letters))
    y.sum_all_but(needed | set(x.letters))
    lengths = {}
    for letter, length in (*zip(x.letters, x.shape), *zip(y.letters, y.shape)):
        if lengths.get(letter, 1) == 1:
            lengths[letter] = length
    shared = [letter for letter in x.letters if letter in y.letters]
    batch = [letter for letter in shared if letter in needed]
    over = [letter for letter in shared if letter not in needed]
    rows = [letter for letter in x.letters if letter not in y.letters]
    columns = [letter for letter in y.letters if letter not in x.letters]
    swapped = False
    if order is not None:
        batch, rows, columns = (sorted(one, key=order.index) for one in (batch, rows, columns))
        swapped = bool(rows and columns) and order.index(columns[0]) < order.index(rows[0])
    left, right = (y, x) if swapped else (x, y)
    if swapped:
        rows, columns = columns, rows
    for operand, first, second in ((left, rows, over), (right, over, columns)):
        operand.put_in_order((*batch, *first, *second))
        operand.stretch(lengths)
        operand.join_axes(*([batch] if batch else []), first, second)
    product = Operand(batch + rows + columns, [])
    product.shape = [lengths[letter] for letter in product.letters]
    if len(rows) != 1 or len(columns) != 1 or len(batch) > 1:  # take apart what was joined
        product.todo.append((reshape_to, {"shape": tuple(product.shape)}))
    return product, swapped


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


def _check_lengths(subscripts, terms, shapes):
    lengths = {}
    for term, shape in zip(terms, shapes, strict=True):
        for letter, length in zip(term, shape, strict=True):
            known = lengths.setdefault(letter, length)
            if known != length and None not in (known, length):
                if 1 not in (known, length):
                    raise ValueError(
                        f"einsum: the axes {letter!r} have the lengths {known} and {length}; they "
                        f"must be equal. Received: subscripts={subscripts!r}, shapes "
                        f"{', '.join(map(str, shapes))}"
                    )
                lengths[letter] = max(known, length)
