"""ONNX's operators in terms of `minigrad.ops`: what `onnx_nodes.py` runs ONNX's node tests with.

An entry takes a node's attributes and its inputs (None where one is left out) and gives the
result or a tuple of them. Raises NoEquivalent for what Keras's API has no word for.
"""

import numpy as np

from minigrad import ops
from minigrad.ops import nn
from tests.interop.onnx_images import IMAGES
from tests.interop.onnx_sequences import SEQUENCES
from tests.interop.onnx_windows import WINDOWS
from tests.interop.onnx_words import DTYPES, NoEquivalent, axes_of, ints, only

UNARY = """Abs:abs Acos:arccos Acosh:arccosh Asin:arcsin Asinh:arcsinh Atan:arctan Atanh:arctanh
Ceil:ceil Cos:cos Cosh:cosh Erf:erf Exp:exp Floor:floor IsNaN:isnan Log:log Neg:negative
Not:logical_not Reciprocal:reciprocal Round:round Sigmoid:sigmoid Sign:sign Sin:sin Sinh:sinh
Softplus:softplus Softsign:softsign Sqrt:sqrt Tan:tan Tanh:tanh Relu:relu BitwiseNot:bitwise_not
Det:det Size:size Identity:convert_to_tensor"""
BINARY = """Add:add Sub:subtract Mul:multiply And:logical_and Or:logical_or
Xor:logical_xor Equal:equal Greater:greater GreaterOrEqual:greater_equal Less:less
LessOrEqual:less_equal MatMul:matmul Pow:power BitwiseAnd:bitwise_and
BitwiseOr:bitwise_or BitwiseXor:bitwise_xor"""
REDUCTIONS = {
    "ReduceSum": ops.sum,
    "ReduceMean": ops.mean,
    "ReduceMax": ops.max,
    "ReduceMin": ops.min,
    "ReduceProd": ops.prod,
    "ReduceLogSumExp": ops.logsumexp,
    "ReduceLogSum": lambda x, **k: ops.log(ops.sum(x, **k)),
    "ReduceL1": lambda x, **k: ops.sum(ops.abs(x), **k),
    "ReduceL2": lambda x, **k: ops.sqrt(ops.sum(ops.square(x), **k)),
    "ReduceSumSquare": lambda x, **k: ops.sum(ops.square(x), **k),
}
OPERATORS = WINDOWS | IMAGES | SEQUENCES


def operator(name):
    """Enter the function under ONNX's name."""

    def enter(function):
        OPERATORS[name] = function
        return function

    return enter


def _named(table, take):
    for word in table.split():
        onnx_name, name = word.split(":")
        if hasattr(ops, name):
            OPERATORS[onnx_name] = take(getattr(ops, name))


_named(UNARY, lambda f: lambda a, x: f(x))
_named(BINARY, lambda f: lambda a, x, y: f(x, y))
OPERATORS["PRelu"] = lambda a, x, slope: ops.where(x > 0, x, slope * x)
OPERATORS["Pow"] = lambda a, x, y: ops.cast(ops.power(x, y), x.dtype)
OPERATORS["Mish"] = lambda a, x: x * ops.tanh(ops.softplus(x))


def _folding(f):
    def run(a, *inputs):
        total = inputs[0]
        for one in inputs[1:]:
            total = f(total, one)
        return total

    return run


OPERATORS["Max"], OPERATORS["Min"] = _folding(ops.maximum), _folding(ops.minimum)
OPERATORS["Sum"] = _folding(ops.add)
OPERATORS["Mean"] = lambda a, *inputs: _folding(ops.add)(a, *inputs) / len(inputs)


def _reducing(f):
    def run(a, x, axes=None):
        axes = axes_of(a, axes)
        if axes is None and a.get("noop_with_empty_axes"):
            axes = ()
        keepdims = bool(a.get("keepdims", 1))
        if f in (ops.max, ops.min) and 0 in x.shape:
            return f(x, axis=axes, keepdims=keepdims, initial=_worst(x.dtype, f is ops.max))
        return f(x, axis=axes, keepdims=keepdims)

    return run


def _worst(dtype, lowest):
    """What no number is below, or above: the extreme of nothing."""
    if dtype == "bool":
        return not lowest
    if "int" in dtype:
        return getattr(np.iinfo(dtype), "min" if lowest else "max")
    return -np.inf if lowest else np.inf


OPERATORS.update({name: _reducing(f) for name, f in REDUCTIONS.items()})


def _ranking(f):
    def run(a, x):
        axis = a.get("axis", 0)
        if a.get("select_last_index"):
            found = x.shape[axis] - 1 - f(ops.flip(x, axis), axis=axis)
        else:
            found = f(x, axis=axis)
        return ops.expand_dims(found, axis) if a.get("keepdims", 1) else found

    return run


OPERATORS["ArgMax"], OPERATORS["ArgMin"] = _ranking(ops.argmax), _ranking(ops.argmin)


def _along(f):
    return lambda a, x: f(x, axis=a.get("axis", -1))


OPERATORS["Softmax"], OPERATORS["LogSoftmax"] = _along(ops.softmax), _along(ops.log_softmax)
OPERATORS["Hardmax"] = lambda a, x: ops.moveaxis(
    ops.one_hot(ops.argmax(x, axis=a.get("axis", -1)), x.shape[a.get("axis", -1)], dtype=x.dtype),
    -1,
    a.get("axis", -1),
)
OPERATORS["Elu"] = lambda a, x: ops.elu(x, a.get("alpha", 1.0))
OPERATORS["Celu"] = lambda a, x: ops.celu(x, a.get("alpha", 1.0))
OPERATORS["LeakyRelu"] = lambda a, x: ops.leaky_relu(x, a.get("alpha", 0.01))
OPERATORS["ThresholdedRelu"] = lambda a, x: ops.threshold(x, a.get("alpha", 1.0), 0.0)
OPERATORS["Gelu"] = lambda a, x: ops.gelu(x, a.get("approximate") == "tanh")
OPERATORS["HardSwish"] = lambda a, x: ops.hard_swish(x)
OPERATORS["Swish"] = lambda a, x: x * ops.sigmoid(a.get("alpha", 1.0) * x)
OPERATORS["HardSigmoid"] = lambda a, x: ops.clip(a.get("alpha", 0.2) * x + a.get("beta", 0.5), 0, 1)
OPERATORS["Where"] = lambda a, c, x, y: ops.where(c, x, y)
OPERATORS["Einsum"] = lambda a, *xs: ops.einsum(a["equation"], *xs)
OPERATORS["IsInf"] = lambda a, x: ops.logical_or(
    ops.logical_and(ops.isinf(x), x > 0)
    if a.get("detect_positive", 1)
    else ops.zeros_like(x, "bool"),
    ops.logical_and(ops.isinf(x), x < 0)
    if a.get("detect_negative", 1)
    else ops.zeros_like(x, "bool"),
)


@operator("Selu")
def _selu(a, x):
    alpha, gamma = a.get("alpha", 1.6732632), a.get("gamma", 1.050701)
    return gamma * ops.where(x > 0, x, alpha * (ops.exp(x) - 1))


@operator("Shrink")
def _shrink(a, x):
    bias, edge = a.get("bias", 0.0), a.get("lambd", 0.5)
    return ops.where(x < -edge, x + bias, ops.where(x > edge, x - bias, ops.zeros_like(x)))


@operator("Clip")
def _clip(a, x, low=None, high=None):
    x = x if low is None else ops.maximum(x, low)
    return x if high is None else ops.minimum(x, high)


@operator("Div")
def _div(a, x, y):
    if x.dtype.startswith(("int", "uint")):  # ONNX cuts off towards zero
        floor = ops.floor_divide(x, y)
        cut = ops.logical_and(floor < 0, floor * y != x)
        return ops.cast(floor + ops.cast(cut, floor.dtype), x.dtype)
    return ops.divide(x, y)


@operator("Mod")
def _mod(a, x, y):
    return (
        ops.fmod(x, y)
        if a.get("fmod") and hasattr(ops, "fmod")
        else (only(a, fmod=0) or ops.mod(x, y))
    )


@operator("BitShift")
def _shift(a, x, y):
    return (ops.left_shift if a["direction"] == "LEFT" else ops.right_shift)(x, y)


@operator("Gemm")
def _gemm(a, x, y, c=None):
    x, y = (ops.transpose(v) if a.get(k) else v for v, k in ((x, "transA"), (y, "transB")))
    out = a.get("alpha", 1.0) * ops.matmul(x, y)
    return out if c is None else out + a.get("beta", 1.0) * c


def _cumulative(f, start):
    def run(a, x, axis):
        axis = int(axis)
        x = ops.flip(x, axis) if a.get("reverse") else x
        out = f(x, axis=axis)
        if a.get("exclusive"):
            first = ops.full_like(ops.take(x, [0], axis=axis), start)
            out = ops.concatenate([first, ops.take(out, np.arange(x.shape[axis] - 1), axis)], axis)
        return ops.flip(out, axis) if a.get("reverse") else out

    return run


OPERATORS["CumSum"], OPERATORS["CumProd"] = _cumulative(ops.cumsum, 0), _cumulative(ops.cumprod, 1)


@operator("Trilu")
def _trilu(a, x, k=0):
    return (ops.triu if a.get("upper", 1) else ops.tril)(x, k=int(k))


@operator("TopK")
def _top_k(a, x, k):
    axis = a.get("axis", -1)
    x = ops.moveaxis(x, axis, -1)
    if a.get("largest", 1):
        values, where = ops.top_k(x, int(np.asarray(k).item()))
    else:
        if x.dtype.startswith("uint"):
            raise NoEquivalent("attribute: largest=0 of unsigned numbers")
        values, where = ops.top_k(-x, int(np.asarray(k).item()))
        values = -values
    return ops.moveaxis(values, -1, axis), ops.moveaxis(where, -1, axis)


@operator("Dropout")
def _dropout(a, x, ratio=None, training=None):
    if training is not None and bool(training) and (ratio is None or float(ratio) > 0):
        raise NoEquivalent("attribute: the random numbers of ONNX's reference")
    return x, ops.ones_like(x, "bool")


def _normed(x, axes, epsilon):
    mean = ops.mean(x, axes, keepdims=True)
    return (x - mean) / ops.sqrt(ops.var(x, axes, keepdims=True) + epsilon)


def _channels(v, x):
    return ops.reshape(v, (1, -1) + (1,) * (x.ndim - 2))


@operator("BatchNormalization")
def _batch_norm(a, x, scale, bias, mean, variance):
    epsilon = a.get("epsilon", 1e-5)
    if a.get("training_mode"):
        axes, keep = (0, *range(2, x.ndim)), a.get("momentum", 0.9)
        now_mean, now_variance = ops.moments(x, axes)
        y = ops.batch_normalization(x, now_mean, now_variance, 1, bias, scale, epsilon)
        kept = [
            keep * old + (1 - keep) * new
            for old, new in ((mean, now_mean), (variance, now_variance))
        ]
        return (y, *kept)
    return ops.batch_normalization(x, mean, variance, 1, bias, scale, epsilon)


@operator("InstanceNormalization")
def _instance_norm(a, x, scale, bias):
    y = _normed(x, tuple(range(2, x.ndim)), a.get("epsilon", 1e-5))
    return y * _channels(scale, x) + _channels(bias, x)


@operator("GroupNormalization")
def _group_norm(a, x, scale, bias):
    grouped = ops.reshape(x, (x.shape[0], a["num_groups"], -1))
    y = ops.reshape(_normed(grouped, (2,), a.get("epsilon", 1e-5)), x.shape)
    return y * _channels(scale, x) + _channels(bias, x)


@operator("LayerNormalization")
def _layer_norm(a, x, scale, bias=None):
    axes = tuple(range(a.get("axis", -1) % x.ndim, x.ndim))
    epsilon = a.get("epsilon", 1e-5)
    y = ops.layer_normalization(x, scale, bias, axis=axes, epsilon=epsilon)
    mean = ops.mean(x, axes, keepdims=True)
    return y, mean, ops.rsqrt(ops.var(x, axes, keepdims=True) + epsilon)


@operator("RMSNormalization")
def _rms_norm(a, x, scale):
    axes = tuple(range(a.get("axis", -1) % x.ndim, x.ndim))
    return ops.rms_normalization(x, scale, axis=axes, epsilon=a.get("epsilon", 1e-5))


@operator("MeanVarianceNormalization")
def _mean_variance(a, x):
    return _normed(x, tuple(a.get("axes", (0, 2, 3))), 1e-9)


@operator("LpNormalization")
def _lp_norm(a, x):
    axis, order = a.get("axis", -1), a.get("p", 2)
    return ops.normalize(x, axis=axis, order=order)


def _loss(log_probabilities, a, labels, weights):
    ignored, classes = a.get("ignore_index"), log_probabilities.shape[1]
    keep = ops.ones_like(labels, "bool") if ignored is None else labels != ignored
    safe = ops.where(keep, labels, ops.zeros_like(labels))
    picked = ops.take_along_axis(log_probabilities, ops.expand_dims(safe, 1), axis=1)
    each = ops.ones((classes,)) if weights is None else weights
    weight = ops.take(each, safe, axis=0) * ops.cast(keep, "float32")
    loss = -ops.squeeze(picked, 1) * weight
    how = a.get("reduction", "mean")
    if how == "none":
        return loss
    return ops.sum(loss) / ops.sum(weight) if how == "mean" else ops.sum(loss)


@operator("NegativeLogLikelihoodLoss")
def _nll(a, x, labels, weights=None):
    return _loss(x, a, labels, weights)


@operator("SoftmaxCrossEntropyLoss")
def _crossentropy(a, x, labels, weights=None):
    logs = nn.log_softmax(x, axis=1)
    return _loss(logs, a, labels, weights), logs


# Dtypes and constants


def _dtype(number):
    """The name of the dtype that ONNX numbers so."""
    if number not in DTYPES:
        raise NoEquivalent("dtype: neither a number of 8 bits or more nor a truth value")
    return DTYPES[number]


OPERATORS["Cast"] = lambda a, x: ops.cast(x, _dtype(a["to"]))
OPERATORS["CastLike"] = lambda a, x, like: ops.cast(x, like.dtype)
OPERATORS["BitCast"] = lambda a, x: ops.view(x, _dtype(a["to"]))


@operator("EyeLike")
def _eye_like(a, x):
    dtype = _dtype(a["dtype"]) if "dtype" in a else x.dtype
    return ops.eye(*x.shape, k=a.get("k", 0), dtype=dtype)


@operator("ConstantOfShape")
def _constant_of_shape(a, shape):
    from onnx import numpy_helper

    value = numpy_helper.to_array(a["value"]) if "value" in a else np.zeros(1, "float32")
    return ops.full(ints(shape), value.item(), dtype=value.dtype.name)


@operator("Constant")
def _constant(a):
    from onnx import numpy_helper

    return ops.convert_to_tensor(numpy_helper.to_array(a["value"]))


@operator("Unique")
def _unique(a, x):
    if not a.get("sorted", 1):
        raise NoEquivalent("attribute: the order of first occurrence")
    return ops.unique(
        x, return_index=True, return_inverse=True, return_counts=True, axis=a.get("axis")
    )


@operator("LRN")
def _local_response(a, x):
    size, beta, bias = a["size"], a.get("beta", 0.75), a.get("bias", 1.0)
    width = [(0, 0)] * x.ndim
    width[1] = (size - 1) // 2, size // 2
    squares = ops.pad(ops.square(x), width)
    near = sum(squares[:, i : i + x.shape[1]] for i in range(size))
    return x / (bias + a.get("alpha", 1e-4) / size * near) ** beta
