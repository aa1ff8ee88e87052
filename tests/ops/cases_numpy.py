"""Gradient cases of what moves, joins, counts and sums elements in NumPy's manner."""

import numpy as np

from minigrad import ops
from tests.gradient_cases import case

X = np.array([[-1.7, -0.4, 0.3], [0.8, 1.6, 2.9]])
CUBE = np.linspace(-2.0, 2.0, 24).reshape(2, 3, 4) + 0.05
MIXED = np.random.default_rng(4).permutation(CUBE.ravel()).reshape(2, 3, 4)
SQUARE = np.random.default_rng(5).normal(size=(3, 3))
ROW = np.array([0.7, -1.3, 2.1])
LONG = np.random.default_rng(6).normal(size=7)
HOLED = np.array([[1.0, np.nan, -2.0, 0.5], [3.0, 0.25, np.nan, np.nan]])
DUPLICATES = np.array([[2, 0, 2], [-1, 1, 2]])


def cut(x):
    left, _, right = ops.split(x, [1, 2], axis=1)
    return left * right


def on_numbers(f):
    """`f` of the numbers of HOLED alone; there is nothing to differentiate by at NaN."""
    places = np.flatnonzero(~np.isnan(HOLED))

    def g(numbers):
        x = ops.scatter(places[:, None], numbers, (HOLED.size,))
        return f(ops.where(np.isnan(HOLED), np.nan, ops.reshape(x, HOLED.shape)))

    return g, HOLED.ravel()[places]


CASES = [
    # creation
    case("full", lambda x: ops.full((2, 3), x, "float64"), 1.5),
    case("full_like", lambda x: ops.full_like(X, x), 1.5),
    case("fill_like", lambda x: ops.full_like(x, x[0]), X),
    case("copy", ops.copy, X),
    case("linspace", lambda a, b: ops.linspace(a, b, 4), X, X + ROW),
    case("linspace, open", lambda a, b: ops.linspace(a, b, 4, endpoint=False, axis=1), X, ROW),
    case("logspace", lambda a, b: ops.logspace(a, b, 3), ROW, ROW + 1),
    case("geomspace", lambda a, b: ops.geomspace(a, b, 4), ROW, 3 * ROW),
    case("meshgrid", lambda a, b: ops.meshgrid(a, b)[1] * ops.meshgrid(a, b)[0], ROW, LONG),
    case("vander", lambda x: ops.vander(x, 4), ROW),
    # indexing
    case("getitem, two arrays", lambda x: x[DUPLICATES % 2, :, [0, 1, 1]], CUBE),
    case("getitem, a tensor", lambda x: x[ops.array([1, 1, 0])], X),
    case("take", lambda x: ops.take(x, DUPLICATES, axis=1), CUBE),
    case("take of the flat", lambda x: ops.take(x, DUPLICATES), CUBE),
    case("take a row often", lambda x: ops.take(x, np.zeros(900, int), axis=0), X),
    case("take_along_axis", lambda x: ops.take_along_axis(x, DUPLICATES % 2, axis=0), X),
    case(
        "take_along_axis, broadcast",
        lambda x: ops.take_along_axis(x, DUPLICATES[:1, :, None], axis=1),
        CUBE,
    ),
    # order
    case("sort", lambda x: ops.sort(x, axis=1), MIXED),
    case("median", lambda x: ops.median(x, axis=(0, 2)), MIXED),
    case("median of all", ops.median, LONG),
    case("quantile", lambda x: ops.quantile(x, [0.2, 0.7], axis=1), MIXED),
    case("quantile by its share", lambda q: ops.quantile(LONG, q), np.array([0.21, 0.73])),
    case("nanmedian", *on_numbers(lambda x: ops.nanmedian(x, axis=1))),
    case("nanquantile", *on_numbers(lambda x: ops.nanquantile(x, [0.2, 0.7], axis=1))),
    # cut, join, move
    case("split", cut, X),
    case("array_split", lambda x: ops.array_split(x, 3, axis=-1)[0], CUBE),
    case("append", ops.append, X, ROW),
    case("dstack", lambda x, y: ops.dstack([x, y]), X, 2 * X),
    case("pad", lambda x: ops.pad(x, ((1, 0), (2, 1)), constant_values=3.0), X),
    case("pad by a tensor", lambda x, c: ops.pad(x, 1, constant_values=c), X, 0.5),
    case("pad, reflected", lambda x: ops.pad(x, ((0, 1), (2, 1)), "reflect"), X),
    case("tile", lambda x: ops.tile(x, (2, 1, 3)), X),
    case("repeat", lambda x: ops.repeat(x, 3, axis=1), CUBE),
    case("repeat, each its times", lambda x: ops.repeat(x, [2, 0, 1], axis=1), CUBE),
    case("roll", lambda x: ops.roll(x, (1, -2), (0, 2)), CUBE),
    case("rot90", lambda x: ops.rot90(x, 1, (0, 2)), CUBE),
    # diagonals
    case("tril", lambda x: ops.tril(x, -1), CUBE),
    case("triu", lambda x: ops.triu(x, 1), CUBE),
    case("diagonal", lambda x: ops.diagonal(x, 1, 1, 2), CUBE),
    case("diag of a vector", lambda x: ops.diag(x, -1), ROW),
    case("trace", lambda x: ops.trace(x, axis1=0, axis2=2), CUBE),
    # products
    case("dot", ops.dot, CUBE, SQUARE[:, :2].repeat(2, 0)[:4]),
    case(
        "tensordot", lambda x, y: ops.tensordot(x, y, ([0, 1], [1, 0])), CUBE, CUBE.swapaxes(0, 1)
    ),
    case("inner", ops.inner, CUBE, LONG[:4]),
    case("vdot", ops.vdot, X, X + ROW),
    case("outer", ops.outer, X, ROW),
    case("kron", ops.kron, X, SQUARE),
    case("cross", ops.cross, X, SQUARE[:2]),
    case("cross of plane vectors", ops.cross, X[:, :2], ROW[:2]),
    case("einsum, a batch", lambda x, y: ops.einsum("bij,bkj->kbi", x, y), CUBE, MIXED),
    case("einsum, three", lambda x, y, z: ops.einsum("ij,jk,i->k", x, y, z), X, SQUARE, ROW[:2]),
    case("einsum, a diagonal", lambda x: ops.einsum("iij->j", x), np.stack([X, -X, X])[:2, :2]),
    case("einsum, an ellipsis", lambda x, y: ops.einsum("...ij,j->...i", x, y), CUBE, LONG[:4]),
    # running
    case("cumprod", lambda x: ops.cumprod(x, axis=1), CUBE),
    case("cumprod with zeros", ops.cumprod, np.array([2.0, 0.0, 3.0, 0.0, -1.0, 0.5])),
    case("cumprod of one", lambda x: ops.cumprod(x, axis=0), ROW[None]),
    case("diff", lambda x: ops.diff(x, n=2, axis=1), CUBE),
    case("trapezoid", lambda y, x: ops.trapezoid(y, x, axis=1), CUBE, ROW),
    case("nancumprod", *on_numbers(lambda x: ops.nancumprod(x, axis=1))),
    # statistics
    case("average", lambda x, w: ops.average(x, axis=1, weights=w), CUBE, np.array([1.0, 2, 0.5])),
    case("ptp", lambda x: ops.ptp(x, axis=1), MIXED),
    case("corrcoef", ops.corrcoef, np.stack([LONG, LONG**2, LONG[::-1]])),
    case("correlate", ops.correlate, LONG, ROW),
    case("correlate, full", lambda x, y: ops.correlate(x, y, "full"), ROW, LONG),
    case("correlate, same", lambda x, y: ops.correlate(x, y, "same"), LONG, ROW),
    case("bincount by weights", lambda w: ops.bincount([1, 3, 1], weights=w), ROW),
    case("nanmean", *on_numbers(lambda x: ops.nanmean(x, axis=0))),
    case("nanstd", *on_numbers(lambda x: ops.nanstd(x, axis=1))),
    case("nanmax", *on_numbers(lambda x: ops.nanmax(x, axis=1))),
    case("nanprod", *on_numbers(lambda x: ops.nanprod(x, axis=1))),
    case("vectorize", lambda x, y: ops.vectorize(ops.vdot, signature="(n),(n)->()")(x, y), X, ROW),
    # numbers
    case("cbrt", ops.cbrt, X),
    case("fabs", ops.fabs, X),
    case("deg2rad", ops.deg2rad, X),
    case("rad2deg", ops.rad2deg, X),
    case("hypot", ops.hypot, X, ROW),
    case("heaviside", ops.heaviside, X, ROW),
    case("heaviside at 0", lambda y: ops.heaviside(0.0, y), ROW),
    case("logaddexp2", ops.logaddexp2, X, ROW),
    case("fmax", ops.fmax, X, ROW),
    case("fmin", ops.fmin, X, ROW),
    case("fmod", ops.fmod, X, ROW),
    case("ldexp", lambda x: ops.ldexp(x, [1, -2, 3]), X),
    case("divide_no_nan", ops.divide_no_nan, X, ROW),
    case("divide_no_nan at 0", lambda x: ops.divide_no_nan(x, [0.0, 2.0, 0.0]), ROW),
    case("sinc", ops.sinc, X),
    case("sinc at 0", ops.sinc, np.array([0.0, 1.0]), tolerance=1e-5),
    case("nan_to_num", *on_numbers(ops.nan_to_num)),
    case("select", lambda x, y: ops.select([X > 1, X < 0], [x, y], 0.0), X, ROW),
    *[
        case(
            f"quantile, {method}",
            lambda x, m=method: ops.quantile(x, [0.1, 0.45], (0, 2), m, True),
            MIXED,
        )
        for method in ("lower", "higher", "midpoint", "nearest")
    ],
    case("percentile", lambda x: ops.percentile(x, 35.0, axis=2), MIXED),
    case("median of an even count", lambda x: ops.median(x, axis=2, keepdims=True), MIXED),
    case("sort over the first axis", lambda x: ops.sort(x, axis=0) ** 2, MIXED),
    case("cumprod with zeros in columns", lambda x: ops.cumprod(x, axis=0), X * [[1, 0, 1]]),
    *[
        case(f"einsum {subscripts}", lambda *xs, s=subscripts: ops.einsum(s, *xs), *operands)
        for subscripts, operands in (
            ("ii", (SQUARE,)),
            ("ij->ji", (X,)),
            ("ij,ij->", (X, 2 - X)),
            ("i,j", (ROW, LONG)),
            ("...ij,...jk->...ik", (CUBE, MIXED.swapaxes(1, 2))),
            ("abc,abd,cd->b", (CUBE, MIXED, SQUARE[:1].repeat(4, 0)[:, [0, 1, 2, 0]])),
            ("ij,j,j->i", (X, ROW, ROW + 1)),
        )
    ],
]
