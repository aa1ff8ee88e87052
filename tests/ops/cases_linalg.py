"""Gradient cases of linear algebra."""

import numpy as np

from minigrad import ops
from tests.gradient_cases import case

RNG = np.random.default_rng(4)
A = RNG.normal(size=(3, 3)) + 2 * np.eye(3)
BATCH = RNG.normal(size=(2, 3, 3)) + 4 * np.eye(3)
TALL, WIDE = RNG.normal(size=(4, 2)), RNG.normal(size=(2, 4))
B, VECTOR = RNG.normal(size=(3, 2)), RNG.normal(size=3)
POSITIVE = BATCH @ np.swapaxes(BATCH, 1, 2) + np.eye(3)
SINGULAR = np.array([[1.0, 2.0, 0.5], [2.0, 4.0, 1.0], [0.3, -1.0, 2.0]])
LOW_RANK = np.outer([1.0, -2.0, 0.5], [2.0, 1.0])


def projector(columns):
    """What the choice of a basis does not change."""
    return ops.matmul(columns, ops.swapaxes(columns, -1, -2))


def up_to_sign(vectors):
    return vectors * vectors


CASES = [
    case("solve", ops.solve, A, B),
    case("solve for a vector", ops.solve, A, VECTOR),
    case("solve, a broadcast", ops.solve, A, np.stack([B, B + 1])),
    case("solve_triangular", ops.solve_triangular, A, B),
    case("solve_triangular, lower", lambda a, b: ops.solve_triangular(a, b, True), BATCH, B),
    case("inv", ops.inv, BATCH),
    case("det", ops.det, BATCH),
    case("det of a singular matrix", ops.det, SINGULAR, order=1),
    case("slogdet", lambda x: ops.slogdet(x)[1], BATCH),
    case("logdet", ops.logdet, A),
    case("cholesky", ops.cholesky, POSITIVE),
    case("cholesky, upper", lambda x: ops.cholesky(x, upper=True), POSITIVE[0]),
    case("cholesky_inverse", ops.cholesky_inverse, BATCH),
    case("cholesky_inverse, upper", lambda x: ops.cholesky_inverse(x, True), A),
    case("lu_factor", lambda x: ops.lu_factor(x)[0], BATCH),
    case("lu_factor, tall", lambda x: ops.lu_factor(x)[0], TALL),
    case("lu_factor, wide", lambda x: ops.lu_factor(x)[0], WIDE),
    case("qr", ops.qr, BATCH),
    case("qr, tall", ops.qr, TALL),
    case("qr, wide", ops.qr, WIDE),
    case("qr, complete", lambda x: projector(ops.qr(x, "complete")[0][:, 2:]), TALL),
    case("qr, complete and wide", lambda x: ops.qr(x, "complete"), WIDE),
    case("eigh", lambda x: (lambda w, v: (w, up_to_sign(v)))(*ops.eigh(x)), BATCH),
    case("svd", lambda x: ops.svd(x, full_matrices=False), BATCH),
    case("svd, tall", lambda x: ops.svd(x, full_matrices=False), TALL),
    case("svd, wide", lambda x: ops.svd(x, full_matrices=False), WIDE),
    case("svd, full", lambda x: projector(ops.svd(x)[0][:, 2:]), TALL),
    case("svd, full and wide", lambda x: projector(ops.swapaxes(ops.svd(x)[2], 0, 1)[:, 2:]), WIDE),
    case("singular values", lambda x: ops.svd(x, compute_uv=False), TALL),
    case("pinv, tall", ops.pinv, TALL),
    case("pinv, wide", ops.pinv, WIDE),
    case("pinv of a low rank", lambda x, y: ops.pinv(ops.outer(x, y)), LOW_RANK[:, 0], [2.0, 1.0]),
    case("lstsq", ops.lstsq, TALL, RNG.normal(size=(4, 3))),
    case("lstsq for a vector, wide", ops.lstsq, WIDE, RNG.normal(size=2)),
    *[
        case(f"norm {order}", lambda x, order=order: ops.norm(x, order), A)
        for order in ("nuc", 2, -2)
    ],
    case("solve for a batch, a vector", lambda a, b: ops.solve(a, b[..., None]), BATCH, B.T),
    case("matrix norm of a batch", lambda x: ops.norm(x, "nuc", axis=(1, 2)), BATCH),
    case(
        "eigenvalues where two are equal", lambda x: ops.eigh(x @ ops.transpose(x))[0].sum(), TALL
    ),
    case("lstsq of a low rank", lambda b: ops.lstsq(LOW_RANK, b), VECTOR),
]
