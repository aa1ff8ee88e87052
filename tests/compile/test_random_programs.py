"""Random programs, compiled and not: whatever one builds of ops, the results are the same."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import minigrad as mg
from minigrad import ops

SHAPES = [(), (1,), (5,), (3, 5), (3, 1), (1, 5), (2, 3, 5), (2, 1, 5), (2, 3, 1)]
UNARY = {
    "tanh": ops.tanh,
    "sigmoid": ops.sigmoid,
    "relu": ops.relu,
    "exp": lambda x: ops.exp(ops.minimum(x, 2.0)),
    "negative": ops.negative,
    "square": lambda x: ops.square(ops.tanh(x)),
    "abs": ops.abs,
    "sign": ops.sign,
    "halved": lambda x: x * 0.5 + 1.0,
    "gelu": ops.gelu,
    "softplus": ops.softplus,
    "log1p": lambda x: ops.log1p(ops.abs(x)),
    "sqrt": lambda x: ops.sqrt(ops.abs(x) + 0.5),
    "sin": ops.sin,
    "floor": ops.floor,
    "to int and back": lambda x: ops.cast(ops.cast(x, "int32") + 1, x.dtype),
    "is positive": lambda x: ops.cast(x > 0, x.dtype),
    "transposed": lambda x: ops.transpose(x),
    "flat": lambda x: ops.reshape(x, (-1,)),
    "wider": lambda x: ops.expand_dims(x, -1),
    "first": lambda x: x[0] if len(x.shape) else x,
    "stopped": mg.stop_gradient,
    "softmax": lambda x: ops.softmax(x) if len(x.shape) and x.shape[-1] > 1 else x,
    "log softmax": lambda x: ops.log_softmax(x) if len(x.shape) and x.shape[-1] > 1 else x,
    "layer norm": lambda x: ops.layer_normalization(x) if len(x.shape) else x,
    "unit norm": lambda x: ops.normalize(x + 0.1) if len(x.shape) else x,
    "centred": lambda x: x - ops.mean(x, axis=-1, keepdims=True) if len(x.shape) else x,
    "row times its sum": lambda x: x * ops.sum(x, axis=-1)[..., None] if len(x.shape) else x,
    "cumsum": lambda x: ops.cumsum(x, axis=0) * 0.3 if len(x.shape) else x,
}
BINARY = {
    "add": ops.add,
    "subtract": ops.subtract,
    "multiply": lambda a, b: ops.tanh(a) * b,
    "divide": lambda a, b: a / (1.5 + ops.abs(b)),
    "maximum": ops.maximum,
    "minimum": ops.minimum,
    "where": lambda a, b: ops.where(a > b, a, 2.0),
    "whole": lambda a, b: ops.where(ops.cast(a, "int32") == ops.cast(b, "int32"), a, b),
}
REDUCTIONS = {
    "sum": ops.sum,
    "mean": ops.mean,
    "max": ops.max,
    "min": ops.min,
    "var": ops.var,
    "logsumexp": ops.logsumexp,
}


@st.composite
def programs(draw):
    """A list of instructions: what to apply to which of the values so far."""
    inputs = draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=3))
    steps = []
    for _ in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(["unary"] * 3 + ["binary"] * 4 + ["reduce"] * 2 + ["matmul"]))
        pick = [draw(st.integers(0, 30)) for _ in range(2)]
        if kind == "unary":
            steps.append((kind, draw(st.sampled_from(sorted(UNARY))), *pick))
        elif kind == "binary":
            steps.append((kind, draw(st.sampled_from(sorted(BINARY))), *pick))
        elif kind == "reduce":
            name = draw(st.sampled_from(sorted(REDUCTIONS)))
            steps.append((kind, (name, draw(st.integers(0, 7)), draw(st.booleans())), *pick))
        else:
            steps.append((kind, "", *pick))
    return inputs, steps


def run(steps, *inputs):
    """What the instructions compute: the last values, and the mean of all."""
    values = list(inputs)
    for kind, what, i, j in steps:
        a, b = values[i % len(values)], values[j % len(values)]
        if kind == "unary":
            made = UNARY[what](a)
        elif kind == "binary":
            try:
                np.broadcast_shapes(a.shape, b.shape)
            except ValueError:
                b = ops.mean(b)
            made = BINARY[what](a, b)
        elif kind == "reduce":
            name, bits, keepdims = what
            axes = tuple(axis for axis in range(len(a.shape)) if bits >> axis & 1)
            made = REDUCTIONS[name](a, axis=axes or None, keepdims=keepdims)
        else:
            if len(a.shape) < 2:
                a = ops.reshape(a, (1, -1))
            made = a @ ops.swapaxes(a, -1, -2) * 0.2
        if np.prod(made.shape) <= 2000 and len(made.shape) <= 5:
            values.append(made)
    return [*values[-3:], sum(ops.mean(value) for value in values)]


def data(shapes, dtype, seed=0):
    generator = np.random.default_rng(seed)
    return [mg.Tensor(generator.normal(size=shape).astype(dtype)) for shape in shapes]


def assert_same(ours, theirs, dtype, scale=1.0):
    tolerance = {"float32": 2e-5, "float64": 1e-12}[dtype] * scale
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=tolerance, atol=tolerance)


SETTINGS = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@SETTINGS
@given(program=programs())
def test_a_compiled_program_computes_what_it_was_recorded_from(python_kernels, dtype, program):
    shapes, steps = program
    compiled = mg.compile(lambda *inputs: run(steps, *inputs))
    compiled(*data(shapes, dtype))
    other = data(shapes, dtype, seed=1)
    assert_same(compiled(*other), run(steps, *other), dtype)
    assert compiled.refusal is None


@SETTINGS
@given(program=programs())
def test_a_compiled_gradient_is_the_gradient(python_kernels, program):
    shapes, steps = program
    dtype = "float64"
    gradient = mg.grad(lambda *inputs: run(steps, *inputs)[-1], argnums=tuple(range(len(shapes))))
    compiled = mg.compile(gradient)
    compiled(*data(shapes, dtype))
    other = data(shapes, dtype, seed=1)
    assert_same(compiled(*other), gradient(*other), dtype, 10)
