"""Gradient cases of `minigrad/ops/elementwise.py` and `comparison.py`."""

import numpy as np

from minigrad import ops
from tests.gradient_cases import case

X = np.array([[-1.7, -0.4, 0.3], [0.8, 1.6, 2.9]])
POSITIVE = np.abs(X) + 0.2
INSIDE = X / 3.5  # of (-1, 1)
ROW = np.array([0.7, -1.3, 2.1])
COLUMN = np.array([[1.5], [-0.6]])

CASES = [
    case("add broadcasts", ops.add, X, ROW),
    case("subtract broadcasts", ops.subtract, COLUMN, X),
    case("multiply broadcasts both", ops.multiply, COLUMN, ROW),
    case("multiply a scalar", ops.multiply, X, 3.5),
    case("true_divide", ops.true_divide, X, ROW),
    case("divide", ops.divide, 2.0, X),
    case("floor_divide", ops.floor_divide, X, ROW),
    case("mod", ops.mod, X, ROW),
    case("negative", ops.negative, X),
    case("reciprocal", ops.reciprocal, X),
    case("absolute", ops.absolute, X),
    case("sign", ops.sign, X),
    case("square", ops.square, X),
    case("maximum", ops.maximum, X, ROW),
    case("minimum", ops.minimum, X, ROW),
    case("clip", lambda x: ops.clip(x, -1.0, 1.0), X),
    case("power", ops.power, POSITIVE, ROW),
    case("power of a whole number", lambda x: ops.power(x, 3), X),
    case("power at a zero base", lambda x: ops.power(x, 2.0), np.array([0.0, -1.0])),
    case("power at a zero exponent", lambda x: ops.power(x, 0.0), np.array([0.0, 2.0])),
    case("sqrt", ops.sqrt, POSITIVE),
    case("rsqrt", ops.rsqrt, POSITIVE),
    case("exp", ops.exp, X),
    case("expm1", ops.expm1, X),
    case("exp2", ops.exp2, X),
    case("log", ops.log, POSITIVE),
    case("log1p", ops.log1p, POSITIVE),
    case("log2", ops.log2, POSITIVE),
    case("log10", ops.log10, POSITIVE),
    case("logaddexp", ops.logaddexp, X, ROW),
    case("sin", ops.sin, X),
    case("cos", ops.cos, X),
    case("tan", ops.tan, INSIDE),
    case("arcsin", ops.arcsin, INSIDE),
    case("arccos", ops.arccos, INSIDE),
    case("arctan", ops.arctan, X),
    case("arctan2", ops.arctan2, X, ROW),
    case("sinh", ops.sinh, X),
    case("cosh", ops.cosh, X),
    case("tanh", ops.tanh, X),
    case("arcsinh", ops.arcsinh, X),
    case("arccosh", ops.arccosh, POSITIVE + 1.5),
    case("arctanh", ops.arctanh, INSIDE),
    case("floor", ops.floor, X),
    case("ceil", ops.ceil, X),
    case("trunc", ops.trunc, X),
    case("round", ops.round, X),
    case("where", lambda x, y: ops.where(X > 0, x, y), X, ROW),
    case("cast", lambda x: ops.cast(x, "float64"), X),
    case("power of zero by its exponent", lambda y: ops.power(0.0, y), ROW + 2),
    case("power of two at zero and beside it", lambda x: x**2 * x**1 + x**0, np.array([0.0, 1.5])),
    case("where beside a pole", lambda x: ops.where(X > 0, ops.log(ops.where(X > 0, x, 1)), 0), X),
    case("where beside NaN", lambda x: ops.where(X > 0, x * x, np.nan * X)[X > 0], X),
    case("logaddexp of what is far apart", ops.logaddexp, X, X + [0, 60, -60]),
]
