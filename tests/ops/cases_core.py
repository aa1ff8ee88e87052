"""Gradient cases of scattering, slices, segments, ranking, norms, loops and branches."""

import numpy as np

from minigrad import ops
from minigrad.recomputing import remat
from tests.gradient_cases import case

X = np.array([[-1.7, -0.4, 0.3], [0.8, 1.6, 2.9], [0.5, -2.2, 1.1], [1.9, 0.7, -0.9]])
CUBE = np.linspace(-2.0, 2.0, 24).reshape(2, 3, 4) + 0.05
ROWS = np.array([[0], [2], [0], [3], [0]])  # one place three times
PLACES = np.array([[0, 1], [2, 2], [0, 1], [-1, 0]])
UPDATES = np.array([[1.3, -0.6, 0.2], [0.4, 2.1, -1.5], [0.9, -0.3, 3.1], [2.2, 1.2, 0.6]])
FIVE = np.concatenate([UPDATES, [[-0.8, 1.7, 0.45]]])
SPARSE = np.where(np.abs(FIVE) < 0.7, 0.0, FIVE)  # zeros among the factors
FOUR = np.array([0.7, -1.1, 2.3, 0.4])
IDS = np.array([0, 2, 0, 2, 5])


def _in_place(start):
    return lambda x, u: ops.slice_update(x, start, u)


CASES = [
    case("compute_again", lambda x: remat(lambda y: ops.tanh(y) * y)(x), X),
    case("scatter, one place three times", lambda u: ops.scatter(ROWS, u, (4, 3)), FIVE),
    case("scatter of elements", lambda u: ops.scatter(PLACES, u, (4, 3)), FOUR),
    case("scatter_update", lambda x, u: ops.scatter_update(x, ROWS, u), X, FIVE),
    case("scatter_update of elements", lambda x, u: ops.scatter_update(x, PLACES, u), X, FOUR),
    case("scatter_update, broadcast", lambda x, u: ops.scatter_update(x, ROWS, u), X, FOUR[:3]),
    *[
        case(f"scatter_update, {r}", lambda x, u, r=r: ops.scatter_update(x, ROWS, u, r), X, FIVE)
        for r in ("add", "max", "min", "mul")
    ],
    case("scatter_update, mul by 0", lambda x, u: ops.scatter_update(x, ROWS, u, "mul"), X, SPARSE),
    case("slice", lambda x: ops.slice(x, (1, 0), (2, 2)), X),
    case("slice from a tensor", lambda x: ops.slice(x, ops.array([1, 5]), (2, 2)), X),
    case("slice_update", _in_place((1, 0)), X, UPDATES[:2, :2]),
    case("slice_update at a tensor", _in_place(np.array([-2, 1])), X, UPDATES[:2, :2]),
    case("unstack", lambda x: ops.unstack(x, axis=1), CUBE),
    case("saturate_cast", lambda x: ops.saturate_cast(x, "float64"), X),
    case("top_k", lambda x: ops.top_k(x, 2)[0], X),
    case("segment_sum", lambda x: ops.segment_sum(x, IDS, 4), FIVE),
    case("segment_max", lambda x: ops.segment_max(x, IDS // 2, 2), FIVE),
    case("segment_min", lambda x: ops.segment_min(x, IDS // 2, 2), FIVE),
    case("segment_prod", lambda x: ops.segment_prod(x, IDS, 4), FIVE),
    case("segment_prod with zeros", lambda x: ops.segment_prod(x, [0, 1, 0, 1, 0]), SPARSE),
    case("norm", ops.norm, X),
    *[
        case(f"norm {order} of rows", lambda x, order=order: ops.norm(x, order, axis=-1), X)
        for order in (1, 2, 3, 0.5, -1.5, 0, np.inf, -np.inf)
    ],
    *[
        case(f"matrix norm {order}", lambda x, order=order: ops.norm(x, order, axis=(-2, -1)), CUBE)
        for order in ("fro", 1, -1, np.inf, -np.inf)
    ],
    case("cdist", ops.cdist, X, UPDATES[:2]),
    case("cond", lambda x: ops.cond(x[0, 0] < 0, lambda: x * x, lambda: x), X),
    case("switch", lambda x: ops.switch(1, [ops.sin, ops.square], x), X),
    case("while_loop", lambda x: ops.while_loop(lambda v: v < 9, lambda v: v * v, x), 1.5),
    case("fori_loop", lambda x: ops.fori_loop(0, 3, lambda i, v: v * x + i, x), X),
    case("scan", lambda x: ops.scan(lambda c, v: (c * v, c + v), x[0], x), X),
    case("scan, reverse", lambda x: ops.scan(lambda c, v: (c * v, v), x[0], x, reverse=True), X),
    case("map", lambda x: ops.map(lambda v: {"a": v * v, "b": ops.sum(v)}, x), X),
    case(
        "vectorized_map", lambda x, y: ops.vectorized_map(lambda v: v[0] * v[1], (x, y)), X, X + 1
    ),
    case("associative_scan", lambda x: ops.associative_scan(ops.multiply, x), FIVE),
    case(
        "associative_scan, axis 1", lambda x: ops.associative_scan(ops.multiply, x, True, 1), CUBE
    ),
    case("rearrange", lambda x: ops.rearrange(x, "a (b c) d -> (d a) 1 c b", b=3), CUBE),
    case("jvp", lambda x, v: ops.jvp(ops.tanh, (x,), (v,)), X, UPDATES),
    case("top_k of all, unsorted", lambda x: ops.top_k(x, 3, sorted=False)[0] ** 2, X),
    case("cond, the other branch", lambda x: ops.cond(x[0, 0] > 0, lambda: x, lambda: x**3), X),
    case("switch beyond the last", lambda x: ops.switch(9, [ops.sin, ops.square], x), X),
    case(
        "while_loop, stopped",
        lambda x: ops.while_loop(lambda v: True, lambda v: (v * x,), (x,), maximum_iterations=3),
        X,
    ),
    case("scan of a length", lambda x: ops.scan(lambda c, _: (c * x, c), x, length=3), X[0]),
    case("associative_scan, reverse", lambda x: ops.associative_scan(ops.multiply, x, True), FIVE),
    case("segment_sum, in order", lambda x: ops.segment_sum(x, np.sort(IDS), 6, sorted=True), FIVE),
    case(
        "scatter of planes", lambda u: ops.scatter([[1], [-1], [1]], u, (3, 3, 4)), CUBE[[0, 1, 0]]
    ),
    case("square of a norm at 0", lambda x: ops.norm(x) ** 2, np.zeros(3), order=1),
    case("norm of order 4 with a zero", lambda x: ops.norm(x, 4), np.array([0.0, 2.0, -1.0])),
]
