"""Gradient cases of reductions, shapes, indices and products."""

import numpy as np

from minigrad import autograd, ops
from tests.gradient_cases import case

X = np.array([[-1.7, -0.4, 0.3], [0.8, 1.6, 2.9]])
CUBE = np.linspace(-2.0, 2.0, 24).reshape(2, 3, 4) + 0.05
A = np.random.default_rng(1).normal(size=(3, 4))
B = np.random.default_rng(2).normal(size=(4, 2))
BATCH = np.random.default_rng(3).normal(size=(2, 3, 4))

CASES = [
    case("sum", ops.sum, X),
    case("sum over one axis", lambda x: ops.sum(x, axis=-1), CUBE),
    case("sum over two, kept", lambda x: ops.sum(x, axis=(0, 2), keepdims=True), CUBE),
    case("mean", lambda x: ops.mean(x, axis=1), CUBE),
    case("var", lambda x: ops.var(x, axis=(0, 1)), CUBE),
    case("std", lambda x: ops.std(x, axis=0), X),
    case("max", lambda x: ops.max(x, axis=1), CUBE),
    case("min, kept", lambda x: ops.min(x, axis=(1, 2), keepdims=True), CUBE),
    case("max, at least", lambda x: ops.max(x, axis=1, initial=0.5), X),
    case("prod", lambda x: ops.prod(x, axis=(0, 2)), CUBE),
    case("prod with zeros", lambda x: ops.prod(x), np.array([0.0, 2.0, 0.0, 3.0, -1.0])),
    case("prod with one zero", lambda x: ops.prod(x, axis=0), np.array([2.0, 0.0, 3.0])),
    case("logsumexp", lambda x: ops.logsumexp(x, axis=1), CUBE),
    case("cumsum", lambda x: ops.cumsum(x, axis=1), CUBE),
    case("cumsum, flat", ops.cumsum, X),
    case("reshape", lambda x: ops.reshape(x, (4, -1)), CUBE),
    case("transpose", lambda x: ops.transpose(x, (2, 0, 1)), CUBE),
    case("swapaxes", lambda x: ops.swapaxes(x, 0, -1), CUBE),
    case("moveaxis", lambda x: ops.moveaxis(x, (0, 1), (2, 0)), CUBE),
    case("expand_dims", lambda x: ops.expand_dims(x, (0, 2)), X),
    case("squeeze", lambda x: ops.squeeze(x), X.reshape(1, 2, 1, 3)),
    case("broadcast_to", lambda x: ops.broadcast_to(x, (4, 2, 3)), X),
    case("broadcast_to a column", lambda x: ops.broadcast_to(x, (2, 3)), X[:, :1]),
    case("concatenate", lambda x, y: ops.concatenate([x, y, x], axis=1), X, X[:, :2]),
    case("stack", lambda x, y: ops.stack([x, y * y], axis=-1), X, X + 1),
    case("flip", lambda x: ops.flip(x, axis=(0, 2)), CUBE),
    case("getitem, slices", lambda x: x[1:, ::2, None], CUBE),
    case("getitem, an array twice", lambda x: x[:, [0, 2, 2]], CUBE),
    case("getitem, booleans", lambda x: x[X > 0], X),
    case("matmul", ops.matmul, A, B),
    case("matmul of a batch", ops.matmul, BATCH, B),
    case("matmul of batches", ops.matmul, BATCH, np.swapaxes(BATCH, 1, 2)),
    case("matmul, broadcast", ops.matmul, A, np.stack([B, B + 1])),
    case("matmul of vectors", ops.matmul, A[0], B[:, 0]),
    case("matmul of a matrix and a vector", ops.matmul, A, B[:, 0]),
    case("the alias under vjp", lambda x: autograd.vjp(ops.sin, x)[1](x)[0], X),
    case("logsumexp, kept", lambda x: ops.logsumexp(x, axis=(0, 2), keepdims=True), CUBE),
    case(
        "logsumexp beside minus infinity",
        lambda x: ops.logsumexp(ops.concatenate([x, np.full((1, 3), -np.inf)]), axis=0),
        X,
    ),
    case("cumsum over the last of three axes", lambda x: ops.cumsum(x, axis=-1) ** 2, CUBE),
]
