"""What the functions in formulas compute, in NumPy: the second opinion on every kernel and rule."""

import math

import numpy as np

from minigrad.inspect.formulas.recurrent import gru_slope, lstm_slope


def _over(reduce):
    def total(x, axis=None):
        """Sums keep their axes, so that they broadcast against what was summed."""
        return reduce(x, axis=axis, keepdims=True)

    return total


def _transposed(x):
    return x if np.ndim(x) < 2 else np.swapaxes(x, -1, -2)


def _broadcast(x, like):
    return np.broadcast_to(x, like if isinstance(like, tuple) else np.shape(like))


def _softmax(x):
    """Over the last axis."""
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _centred(u, z):
    """Without the mean of each row and its part along z."""
    return u - u.mean(1, keepdims=True) - z * (u * z).mean(1, keepdims=True)


def _visible(logits, allowed, causal):
    """-inf where a query must not look; all alike where it may look nowhere."""
    seen = np.tri(*logits.shape[-2:], dtype=bool) if causal else np.True_
    seen = np.broadcast_to(seen if allowed is None else seen & (allowed != 0), logits.shape)
    return np.where(seen.any(-1, keepdims=True), np.where(seen, logits, -np.inf), 0.0)


def _cofactors(x):
    """The determinants of what is left without a row and a column, with signs."""
    result, n = np.empty_like(x), x.shape[-1]
    for i in range(n):
        for j in range(n):
            minor = np.delete(np.delete(x, i, -2), j, -1)
            result[..., i, j] = (-1) ** (i + j) * np.linalg.det(minor)
    return result


def _gaps(w):
    """w_j - w_i, infinite where they are equal, so that what is divided by it is 0."""
    found = w[..., None, :] - w[..., :, None]
    return np.where(np.abs(found) < 1e-12, np.inf, found)


def _half(x):
    """The lower triangle, its diagonal halved."""
    lower = np.tril(x)
    return lower - 0.5 * lower * np.eye(x.shape[-1])


def _bessel_1(x, points=20000):
    """I₁(x) = ∫ exp(x cos t) cos t dt / π over 0 … π, by the midpoint rule."""
    t = (np.arange(points) + 0.5) * math.pi / points
    return np.mean(np.exp(np.asarray(x)[..., None] * np.cos(t)) * np.cos(t), axis=-1)


@np.vectorize
def _gamma_slope(alpha, z, step=1e-5):
    """-(∂F/∂alpha) / (∂F/∂z), F = Σ z^(alpha + k) exp(-z) / Γ(alpha + k + 1)."""

    def power(exponent):
        return math.exp(exponent * math.log(z) - z - math.lgamma(exponent + 1))

    def distribution(shape):
        return math.fsum(power(shape + k) for k in range(200))

    slope = (distribution(alpha + step) - distribution(alpha - step)) / (2 * step)
    return -slope / power(alpha - 1)


def _others(x, axis):
    """For each element: the product of the others in its reduction."""
    result = np.empty_like(x)
    for place in np.ndindex(x.shape):
        without = x.copy()
        without[place] = 1
        product = np.prod(without, axis=axis, keepdims=True)
        result[place] = np.broadcast_to(product, x.shape)[place]
    return result


NUMPY = (
    "exp exp2 log log2 cbrt sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh sqrt abs floor "
    "ceil trunc sign where round isnan isfinite isinf conj reshape roll tril triu flip tile "
    "argsort sort gcd lcm nextafter isin searchsorted digitize"
)
FUNCTIONS = {name: getattr(np, name) for name in NUMPY.split()} | {
    "pi": math.pi,
    "last": -1,
    "sum": _over(np.sum),
    "mean": _over(np.mean),
    "prod": _over(np.prod),
    "T": _transposed,
    "broadcast": _broadcast,
    "reshape": lambda x, like: np.reshape(x, like if isinstance(like, tuple) else np.shape(like)),
    "permute": np.transpose,
    "inverse": np.argsort,
    "minus": lambda shift: tuple(-one for one in shift),
    "wins": lambda a, b: np.where(a > b, 1.0, np.where(a == b, 0.5, 0.0)),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "erf": np.vectorize(math.erf, otypes=[float]),
    "I0": np.i0,
    "I1": _bessel_1,
    "min": np.minimum,
    "max": np.maximum,
    "softmax": _softmax,
    "column": lambda x: np.asarray(x)[:, None],
    "row": lambda x: np.asarray(x)[..., 0],
    "largest": _over(np.max),
    "smallest": _over(np.min),
    "matrix": lambda x: np.asarray(x)[..., None, None],
    "one_hot": lambda k, like: (np.arange(like.shape[-1]) == np.asarray(k)[:, None]) * 1.0,
    "pick": lambda p, k: np.take_along_axis(p, np.asarray(k)[:, None], 1)[:, 0],
    "from_end": lambda g, axis: np.flip(np.cumsum(np.flip(g, axis), axis), axis),
    "running_sum": np.cumsum,
    "running_product": np.cumprod,
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "cofactors": _cofactors,
    "cholesky": np.linalg.cholesky,
    "symmetric": lambda x: (x + _transposed(x)) / 2,
    "half": _half,
    "gaps": _gaps,
    "diag": lambda x: np.asarray(x)[..., None] * np.eye(np.shape(x)[-1]),
    "left": lambda x: np.linalg.svd(x, full_matrices=False)[0],
    "right": lambda x: np.linalg.svd(x, full_matrices=False)[2],
    "triangle": lambda a, lower: np.tril(a) if lower else np.triu(a),
    "correlate": lambda a, b: np.correlate(a, b, "valid"),
    "singular_values": lambda x: np.linalg.svd(x, compute_uv=False),
    "others": _others,
    "gamma_slope": _gamma_slope,
    "heads": lambda x: np.swapaxes(x, 1, 2),
    "centred": _centred,
    "visible": _visible,
    "lstm_slope": lstm_slope,
    "gru_slope": gru_slope,
}
