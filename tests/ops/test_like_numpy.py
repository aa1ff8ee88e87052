"""One table of calls, each of which must give what NumPy's function of the same name gives.

A row is also called with symbolic tensors: shapes and dtypes must be those of the real result, and
where the first length is unknown, nothing that is known may be wrong.
"""

from dataclasses import dataclass, field

import numpy as np
import pytest

from minigrad import KerasTensor, Tensor, ops, tree

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 3))
CUBE = RNG.normal(size=(2, 3, 4))
STRIDED = RNG.normal(size=(4, 6, 2)).transpose(2, 0, 1)[:, ::2, ::-1]
SQUARE = RNG.normal(size=(3, 3))
V = RNG.normal(size=5)
ODD = RNG.normal(size=7)
INTS = RNG.integers(-9, 9, size=(2, 3, 4), dtype="int32")
COUNTS = RNG.integers(0, 6, size=12, dtype="int32")
BOOLS = INTS > 0
HOLED = np.where(RNG.random(CUBE.shape) < 0.3, np.nan, CUBE)
SPECIAL = np.array([0.0, -0.0, 1.5, -2.5, np.inf, -np.inf, np.nan])
EMPTY = np.zeros((0, 3))
ONE = np.array([[1.5]])
SCALAR = np.array(-2.5)


@dataclass
class Row:
    name: str
    args: tuple
    kwargs: dict = field(default_factory=dict)
    numpy: object = None
    symbolic: bool = True


def row(name, *args, numpy=None, symbolic=True, **kwargs):
    return Row(name, args, kwargs, numpy or getattr(np, name), symbolic)


UNARY = (
    "cbrt deg2rad rad2deg signbit sinc fabs isposinf isneginf nan_to_num angle real imag isreal "
    "conjugate"
).split()
BINARY = "fmax fmin hypot logaddexp2 heaviside fmod nextafter divide_no_nan".split()


def divide_no_nan(x1, x2):
    return np.where(x2 == 0, 0, x1 / np.where(x2 == 0, 1, x2))


ROWS = [
    *[row(name, SPECIAL) for name in UNARY],
    *[row(name, STRIDED) for name in UNARY],
    *[row(name, EMPTY) for name in UNARY],
    *[row(name, SCALAR) for name in UNARY],
    *[
        row(name, SPECIAL[:, None], SPECIAL, numpy=globals().get(name) or getattr(np, name))
        for name in BINARY
    ],
    *[
        row(name, CUBE, X[1], numpy=globals().get(name) or getattr(np, name))
        for name in BINARY
        if X.shape[1] == CUBE.shape[2]
    ],
    row("ldexp", CUBE, INTS),
    row("isclose", SPECIAL[:, None], SPECIAL),
    row("isclose", SPECIAL[:, None], SPECIAL, equal_nan=True),
    row("isclose", X, X + 1e-6),
    row("allclose", X, X + 1e-9),
    row("select", [CUBE > 1, CUBE < 0], [CUBE, -CUBE], symbolic=False),
    # bits
    row("bitwise_and", INTS, 6),
    row("bitwise_or", INTS, INTS[0]),
    row("bitwise_xor", BOOLS, BOOLS[:1]),
    row("bitwise_not", INTS),
    row("left_shift", INTS, 2),
    row("right_shift", INTS, 1),
    row("gcd", INTS, 6),
    row("lcm", INTS, INTS[0]),
    # creation
    row("full_like", X, 3.0),
    row("ones_like", CUBE),
    row("zeros_like", CUBE),
    row("linspace", X, X + 1, num=4),
    row("linspace", X, 3.0, num=4, endpoint=False, axis=-1),
    row("linspace", X, X + 1, num=1),
    row("linspace", X, X + 1, num=0),
    row("logspace", V, V + 1, num=3),
    row("logspace", V, V + 1, num=3, base=2.0, axis=1),
    row("geomspace", V, 3 * V, num=4),
    row("geomspace", V, 3 * V, num=4, axis=1, endpoint=False),
    row("meshgrid", V, ODD, V[:2]),
    row("meshgrid", V, ODD, indexing="ij"),
    row("vander", V),
    row("vander", V, 3, increasing=True),
    # indexing and order
    row("take", CUBE, [[0, -1], [1, 1]], axis=1),
    row("take", CUBE, 5),
    row("take", STRIDED, [2, 0], axis=-1),
    row("take_along_axis", CUBE, np.argsort(CUBE, 1), axis=1),
    row("take_along_axis", CUBE, np.array([[[3], [-1], [0]]]), axis=2),
    row("unravel_index", COUNTS, (2, 3)),
    *[row(name, STRIDED, axis=axis) for name in ("sort", "argsort") for axis in (0, 1, -1)],
    row("sort", SPECIAL),
    row("argsort", COUNTS, numpy=lambda x: np.argsort(x, kind="stable")),
    row("searchsorted", np.sort(V), CUBE),
    row("searchsorted", np.sort(COUNTS), COUNTS, side="right"),
    row("digitize", CUBE, np.array([-1.0, 0.0, 0.5])),
    row("isin", INTS, [3, -2, 5]),
    row("isin", INTS, [3, -2, 5], invert=True),
    row("count_nonzero", BOOLS, axis=(0, 2)),
    row("nonzero", BOOLS),
    row("bincount", COUNTS, minlength=9),
    row("bincount", COUNTS, weights=RNG.normal(size=12)),
    # cut, join, move
    row("split", CUBE, 2, axis=2),
    row("split", CUBE, [1, 3], axis=2),
    row("split", CUBE, [3, 1, -1, 9], axis=2, symbolic=False),
    row("array_split", CUBE, 3, axis=2),
    row("hsplit", CUBE, 3),
    row("vsplit", CUBE, 2),
    row("dsplit", CUBE, [1]),
    *[row(name, [X, 2 * X]) for name in ("hstack", "vstack", "dstack")],
    *[row(name, [V, V]) for name in ("hstack", "vstack", "dstack")],
    row("dstack", [CUBE, CUBE[:, :, :1]]),
    row("vstack", [SCALAR, SCALAR]),
    row("append", X, V),
    row("append", X, X, axis=1),
    row("pad", CUBE, 1),
    row("pad", CUBE, (1, 2), constant_values=7.0),
    *[row("pad", CUBE, ((0, 1), (2, 0), (3, 3)), mode) for mode in ("edge", "wrap")],
    *[row("pad", CUBE, ((1, 1), (2, 0), (3, 3)), mode) for mode in ("reflect", "symmetric")],
    row("pad", EMPTY, ((1, 1), (0, 2))),
    row("tile", X, 2),
    row("tile", X, (2, 1, 3)),
    row("tile", SCALAR, 3),
    row("repeat", CUBE, 2),
    row("repeat", CUBE, 3, axis=1),
    row("repeat", CUBE, [1, 0, 2], axis=1),
    row("roll", CUBE, 5),
    row("roll", CUBE, -1, axis=1),
    row("roll", CUBE, (1, 2), axis=(0, 2)),
    row("fliplr", CUBE),
    row("flipud", STRIDED),
    *[row("rot90", CUBE, k=k, axes=axes) for k in (0, 1, 2, 3, -1) for axes in ((0, 1), (2, 0))],
    # diagonals
    *[row(name, CUBE, k=k) for name in ("tril", "triu") for k in (-1, 0, 2)],
    *[row(name, CUBE, offset, 2, 1) for name in ("trace", "diagonal") for offset in (-5, -1, 0, 1)],
    *[row("diag", x, k=k) for x in (V, X) for k in (-2, 0, 1)],
    row("diagflat", X, k=1),
    # products
    row("dot", CUBE, RNG.normal(size=(5, 4, 2))),
    row("dot", CUBE, V[:4]),
    row("dot", X, SCALAR),
    row("inner", CUBE, RNG.normal(size=(2, 4))),
    row("vdot", CUBE, STRIDED.reshape(-1)[:24]),
    row("outer", X, V),
    row("kron", X, SQUARE),
    row("kron", X, CUBE),
    row("tensordot", CUBE, CUBE, axes=([0, 2], [0, 2])),
    row("tensordot", CUBE, CUBE[0].T, axes=1),
    row("tensordot", CUBE, X, axes=0),
    row("cross", SQUARE, SQUARE[::-1]),
    row("cross", CUBE, SQUARE[0], axisa=1),
    row("cross", CUBE.swapaxes(1, 2), SQUARE[1]),
    row("cross", X[:, :2], X[:, 1:], numpy=lambda a, b: a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]),
    row("cross", CUBE, SQUARE[0], axisa=1, axisc=0),
    # running
    *[row(name, CUBE, axis=axis) for name in ("cumsum", "cumprod") for axis in (None, 0, -1)],
    *[row(name, HOLED, axis=axis) for name in ("nancumsum", "nancumprod") for axis in (None, 1)],
    row("cumsum", EMPTY, axis=0),
    row("diff", CUBE),
    row("diff", CUBE, n=2, axis=1),
    row("diff", BOOLS, axis=0),
    row("trapezoid", CUBE),
    row("trapezoid", CUBE, dx=0.5, axis=1),
    row("trapezoid", CUBE, RNG.normal(size=3), axis=1),
    row("trapezoid", CUBE, STRIDED[:, :, :4].repeat(2, 1)[:, :3], axis=0),
    # statistics
    row("average", CUBE, axis=1),
    row("average", CUBE, axis=2, weights=np.array([1.0, 0.0, 2.0, 3.0])),
    row("average", CUBE, weights=np.abs(CUBE)),
    row("ptp", CUBE, axis=(0, 1)),
    row("corrcoef", CUBE[0]),
    row("corrcoef", V),
    *[
        row("correlate", a, b, mode)
        for a, b in ((ODD, V), (V, ODD), (V, ODD[:4]), (ODD[:4], V))
        for mode in ("valid", "same", "full")
    ],
    *[
        row("median", x, axis=axis, keepdims=k)
        for x in (CUBE, STRIDED)
        for axis, k in ((None, False), (None, True), (1, True), ((0, 2), False))
    ],
    row("median", SPECIAL),
    row("median", INTS, axis=0),
    *[
        row("quantile", CUBE, [0.0, 0.3, 1.0], axis=axis, method=method)
        for axis in (None, 2, (2, 0))
        for method in ("linear", "lower", "higher", "midpoint")
    ],
    row("percentile", CUBE, 37.0, axis=1, keepdims=True),
    *[
        row(name, HOLED, axis=axis, keepdims=keepdims)
        for name in "nansum nanprod nanmean nanvar nanstd nanmax nanmin nanmedian".split()
        for axis, keepdims in ((None, False), (2, True), ((0, 2), False))
    ],
    *[row(name, HOLED, axis=1) for name in ("nanargmax", "nanargmin")],
    row("nanquantile", HOLED, [0.2, 0.9], axis=2),
    row("nanpercentile", HOLED, 70.0, axis=(0, 1), keepdims=True),
    row("nansum", INTS, axis=1),
    row("nanmax", INTS),
    row("histogram", ODD, bins=4),
    row("histogram", COUNTS, bins=3, range=(1, 5)),
    row("histogram", np.zeros(3), bins=2),
    *[row(name, 12) for name in ("bartlett", "blackman", "hamming", "hanning")],
    row("kaiser", 12, 14.0),
    row("hanning", 1),
]


def ids(one):
    shapes = [str(getattr(x, "shape", x)) for x in one.args]
    options = [f"{key}={getattr(value, 'shape', value)}" for key, value in one.kwargs.items()]
    return f"{one.name}({', '.join(shapes + options)})"


def with_tensors(x, make):
    return tree.map_structure(lambda leaf: make(leaf) if isinstance(leaf, np.ndarray) else leaf, x)


def flat(result):
    return tree.flatten(list(result) if isinstance(result, (list, tuple)) else result)


@pytest.mark.parametrize("one", ROWS, ids=ids)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, at NaN and infinities
def test_values_equal_numpy(one):
    op = getattr(ops, one.name)
    expected = flat(one.numpy(*one.args, **one.kwargs))
    found = flat(op(*with_tensors(one.args, Tensor), **with_tensors(one.kwargs, Tensor)))
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert a.shape == np.shape(b)
        rtol, atol = (2e-6, 1e-6) if a.dtype == "float32" else (1e-12, 1e-14)
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)


@pytest.mark.parametrize("one", [one for one in ROWS if one.symbolic], ids=ids)
def test_symbolic_results_have_the_shape_and_dtype_of_real_ones(one):
    op = getattr(ops, one.name)
    real = flat(op(*with_tensors(one.args, Tensor), **one.kwargs))

    def symbolic(x):
        return KerasTensor(x.shape, str(x.dtype))

    def open_ended(x):
        return KerasTensor((None, *x.shape[1:]) if x.ndim > 1 else x.shape, str(x.dtype))

    for make, exact in ((symbolic, True), (open_ended, False)):
        if not any(isinstance(x, np.ndarray) for x in tree.flatten(list(one.args))):
            continue
        found = flat(op(*with_tensors(one.args, make), **one.kwargs))
        assert [x.dtype for x in found] == [x.dtype for x in real]
        for a, b in zip(found, real, strict=True):
            assert len(a.shape) == len(b.shape)
            known = exact and one.name not in ("nonzero", "bincount")
            assert all(n == m or (n is None and not known) for n, m in zip(a.shape, b.shape))


def test_no_row_changes_its_inputs():
    for one in ROWS:
        args = with_tensors(one.args, lambda x: Tensor(x))
        with_op = getattr(ops, one.name)
        with_op(*args, **one.kwargs)
        for tensor, array in zip(tree.flatten(list(args)), tree.flatten(list(one.args))):
            if isinstance(array, np.ndarray):
                np.testing.assert_array_equal(tensor.numpy(), array)
