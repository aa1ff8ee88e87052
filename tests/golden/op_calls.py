"""Calls of ops, as plain data for both the generator and the tests: `f(ops, *arrays)`."""

DTYPES = "bool uint8 uint16 uint32 int8 int16 int32 bfloat16 float16 float32".split()
INTS = tuple(name for name in DTYPES if "int" in name)

UNARY = (
    "abs absolute all amax amin angle any arccos arccosh arcsin arcsinh arctan arctanh argmax "
    "argmin argsort average bitwise_invert bitwise_not cbrt ceil conj conjugate copy corrcoef "
    "cos cosh count_nonzero cumprod cumsum deg2rad diag diagflat diagonal diff empty_like exp "
    "exp2 expm1 fabs flip fliplr flipud floor imag isfinite isinf isnan isneginf isposinf "
    "isreal log log10 log1p log2 logical_not max mean median min nan_to_num nanargmax "
    "nanargmin nancumprod nancumsum nanmax nanmean nanmedian nanmin nanprod nanstd nansum "
    "nanvar negative nonzero ones_like prod ptp rad2deg ravel real reciprocal round rsqrt "
    "sign signbit sin sinc sinh sort sqrt square squeeze std sum tan tanh trace transpose "
    "trapezoid tril triu trunc unique var zeros_like"
).split()

BINARY = (
    "add append arctan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift "
    "bitwise_xor cross divide divide_no_nan dot equal floor_divide fmax fmin fmod gcd greater "
    "greater_equal heaviside hypot inner isclose isin kron lcm less less_equal logaddexp "
    "logaddexp2 logical_and logical_or logical_xor matmul maximum minimum mod multiply "
    "nextafter not_equal outer power subtract true_divide vdot ldexp"
).split()

# name: (call, number of arrays)
OTHERS = {
    "concatenate": (lambda ops, x, y: ops.concatenate([x, y]), 2),
    "stack": (lambda ops, x, y: ops.stack([x, y]), 2),
    "hstack": (lambda ops, x, y: ops.hstack([x, y]), 2),
    "vstack": (lambda ops, x, y: ops.vstack([x, y]), 2),
    "dstack": (lambda ops, x, y: ops.dstack([x, y]), 2),
    "where": (lambda ops, x, y: ops.where(x > 0, x, y), 2),
    "select": (lambda ops, x, y: ops.select([x > 0], [x], y), 2),
    "tensordot": (lambda ops, x, y: ops.tensordot(x, y, 1), 2),
    "einsum": (lambda ops, x, y: ops.einsum("ij,jk->ik", x, y), 2),
    "correlate": (lambda ops, x, y: ops.correlate(x[0], y[0]), 2),
    "average with weights": (lambda ops, x, w: ops.average(x, weights=w), 2),
    "linspace": (lambda ops, x, y: ops.linspace(x, y, 3), 2),
    "logspace": (lambda ops, x, y: ops.logspace(x, y, 3), 2),
    "full_like": (lambda ops, x: ops.full_like(x, 2), 1),
    "clip": (lambda ops, x: ops.clip(x, 1, 2), 1),
    "clip by floats": (lambda ops, x: ops.clip(x, 0.5, 1.5), 1),
    "add an int": (lambda ops, x: ops.add(x, 1), 1),
    "add a float": (lambda ops, x: ops.add(x, 1.5), 1),
    "divide by an int": (lambda ops, x: ops.divide(x, 2), 1),
    "a float minus": (lambda ops, x: ops.subtract(1.5, x), 1),
    "maximum of a float": (lambda ops, x: ops.maximum(x, 1.5), 1),
    "power of an int": (lambda ops, x: ops.power(x, 2), 1),
    "where with a float": (lambda ops, x: ops.where(x > 0, x, 0.5), 1),
    "floor_divide by a float": (lambda ops, x: ops.floor_divide(x, 2.0), 1),
    "mod of an int": (lambda ops, x: ops.mod(x, 2), 1),
    "quantile": (lambda ops, x: ops.quantile(x, 0.5), 1),
    "percentile": (lambda ops, x: ops.percentile(x, 50.0), 1),
    "take": (lambda ops, x: ops.take(x, [0], axis=0), 1),
    "pad": (lambda ops, x: ops.pad(x, 1), 1),
    "tile": (lambda ops, x: ops.tile(x, 2), 1),
    "repeat": (lambda ops, x: ops.repeat(x, 2), 1),
    "roll": (lambda ops, x: ops.roll(x, 1), 1),
    "split": (lambda ops, x: ops.split(x, 2)[0], 1),
    "array_split": (lambda ops, x: ops.array_split(x, 2)[0], 1),
    "digitize": (lambda ops, x: ops.digitize(x, [0.5]), 1),
    "searchsorted": (lambda ops, x: ops.searchsorted(x[0], x), 1),
    "vander": (lambda ops, x: ops.vander(x[0]), 1),
    "bincount": (lambda ops, x: ops.bincount(x[0]), 1),
    "cumsum in int8": (lambda ops, x: ops.cumsum(x, dtype="int8"), 1),
    "prod in float16": (lambda ops, x: ops.prod(x, dtype="float16"), 1),
    "unravel_index": (lambda ops, x: ops.unravel_index(x, (2, 3)), 1),
    "logsumexp": (lambda ops, x: ops.logsumexp(x), 1),
    "arange": (lambda ops, x: ops.arange(x[0, 0], x[0, 1] + x[0, 1]), 1),
    "meshgrid": (lambda ops, x: ops.meshgrid(x[0], x[1])[0], 1),
    "histogram": (lambda ops, x: ops.histogram(x[0]), 1),
}


def calls():
    """(name, call, number of arrays)."""
    for name in UNARY:
        yield name, lambda ops, x, name=name: getattr(ops, name)(x), 1
    for name in BINARY:
        yield name, lambda ops, x, y, name=name: getattr(ops, name)(x, y), 2
    for name, (call, count) in OTHERS.items():
        yield name, call, count


# Where functions have kinks, ties or poles: the gradient of Σ f(x) · (1, 2, 3 …).
KINKS = [0.0, -0.0, 1.0, 1.0, -1.0, 2.0, float("inf"), float("-inf"), float("nan")]
TIES = [1.0, 3.0, 3.0, -2.0, 3.0, -2.0]
AT_KINKS = {
    name: (lambda ops, x, name=name: getattr(ops, name)(x))
    for name in (
        "abs sign sqrt square reciprocal floor round trunc ceil cbrt sinc exp log log1p expm1 tanh "
        "sin arctan arcsinh rsqrt fabs nan_to_num logaddexp_1 maximum_1 minimum_1 power_2 "
        "power_half mod_1 floor_divide_1 clip_1 arctan2_0 where_positive fmax_1 fmin_1"
    ).split()
}
AT_KINKS |= {
    "logaddexp_1": lambda ops, x: ops.logaddexp(x, 1.0 + 0 * x),
    "maximum_1": lambda ops, x: ops.maximum(x, 1.0),
    "minimum_1": lambda ops, x: ops.minimum(x, 1.0),
    "power_2": lambda ops, x: ops.power(x, 2.0),
    "power_half": lambda ops, x: ops.power(x, 0.5),
    "mod_1": lambda ops, x: ops.mod(x, 1.0),
    "floor_divide_1": lambda ops, x: ops.floor_divide(x, 1.0),
    "clip_1": lambda ops, x: ops.clip(x, -1.0, 1.0),
    "arctan2_0": lambda ops, x: ops.arctan2(x, 0.0),
    "where_positive": lambda ops, x: ops.where(x > 0, x, 2 * x),
    "fmax_1": lambda ops, x: ops.fmax(x, 1.0),
    "fmin_1": lambda ops, x: ops.fmin(x, 1.0),
}
AT_TIES = {
    "max": lambda ops, x: ops.max(x),
    "min": lambda ops, x: ops.min(x),
    "amax": lambda ops, x: ops.amax(x),
    "ptp": lambda ops, x: ops.ptp(x),
    "sort": lambda ops, x: ops.sort(x),
    "median": lambda ops, x: ops.median(x),
    "quantile": lambda ops, x: ops.quantile(x, 0.3),
    "nanmax": lambda ops, x: ops.nanmax(x),
    "std of equals": lambda ops, x: ops.std(0 * x),
    "var": lambda ops, x: ops.var(x),
    "prod with a zero": lambda ops, x: ops.prod(x - 1.0),
    "prod with zeros": lambda ops, x: ops.prod(x - 3.0),
    "cumprod with zeros": lambda ops, x: ops.cumprod(x - 3.0),
    "logsumexp": lambda ops, x: ops.logsumexp(x),
}
