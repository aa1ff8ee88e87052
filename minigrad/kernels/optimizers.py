"""Optimizer updates in one pass over a weight, its gradient and its state.

All arrays have one shape and one dtype (float32 or float64) and are C-contiguous. The weight and
the state are updated in place; give `out`, arrays for the new values in the order of the arguments,
to keep the old ones. The formulas are those of Keras 3: epsilon stands outside of Adam's root and
inside of RMSprop's, and `decay` (weight decay times learning rate) takes its part of the old weight
first: w -= decay w. What is 1 - beta is subtracted before it is rounded to the dtype of the arrays:
1 - 0.999 in float32 would be off by 1.3e-5.
"""

import numpy as np

from minigrad.kernels.jit import Kernel, jit, prange

_PARALLEL_ABOVE = 1 << 20
_FLOATS = ("float32", "float64")


def _update(*arguments: str):
    """Declare a kernel and give it a twin: the same formulas run on whole arrays."""
    return lambda function: jit(
        *arguments,
        twin=_TWINS[function.__name__],
        parallel_above=_PARALLEL_ABOVE,
        T=_FLOATS,
    )(function)


def _sgd_twin(w, g, lr, decay):
    w -= decay * w
    w -= lr * g


def _momentum_twin(w, m, g, lr, momentum, nesterov, decay):
    w -= decay * w
    m *= momentum
    m -= lr * g
    w += momentum * m - lr * g if nesterov else m


def _adam_twin(w, m, v, g, alpha, new_m, new_v, epsilon, decay):
    w -= decay * w
    m += (g - m) * new_m
    v += (g * g - v) * new_v
    w -= m * alpha / (np.sqrt(v) + epsilon)


def _amsgrad_twin(w, m, v, largest, g, alpha, new_m, new_v, epsilon, decay):
    w -= decay * w
    m += (g - m) * new_m
    v += (g * g - v) * new_v
    np.maximum(largest, v, out=largest)
    w -= m * alpha / (np.sqrt(largest) + epsilon)


def _rmsprop_twin(w, v, g, lr, rho, new, epsilon, decay):
    w -= decay * w
    v *= rho
    v += new * (g * g)
    w -= lr * g / np.sqrt(v + epsilon)


def _rmsprop_momentum_twin(w, v, m, g, lr, rho, new, momentum, epsilon, decay):
    w -= decay * w
    v *= rho
    v += new * (g * g)
    m *= momentum
    m += lr * g / np.sqrt(v + epsilon)
    w -= m


def _rmsprop_centered_twin(w, v, mean, m, g, lr, rho, new, momentum, epsilon, decay):
    w -= decay * w
    v *= rho
    v += new * (g * g)
    mean *= rho
    mean += new * g
    m *= momentum
    m += lr * g / np.sqrt(v - mean * mean + epsilon)
    w -= m


_TWINS = {name[:-5]: twin for name, twin in list(globals().items()) if name.endswith("_twin")}


@_update("out T[:]", "T[:]", "T", "T")
def _sgd(w, g, lr, decay):
    for i in prange(w.size):
        x = w[i] - decay * w[i]
        w[i] = x - lr * g[i]


@_update("out T[:]", "out T[:]", "T[:]", "T", "T", "bool", "T")
def _momentum(w, m, g, lr, momentum, nesterov, decay):
    for i in prange(w.size):
        x = w[i] - decay * w[i]
        step = lr * g[i]
        velocity = momentum * m[i] - step
        m[i] = velocity
        w[i] = x + (momentum * velocity - step if nesterov else velocity)


@_update("out T[:]", "out T[:]", "out T[:]", "T[:]", "T", "T", "T", "T", "T")
def _adam(w, m, v, g, alpha, new_m, new_v, epsilon, decay):
    for i in prange(w.size):
        x = w[i] - decay * w[i]
        mean = m[i] + (g[i] - m[i]) * new_m
        square = v[i] + (g[i] * g[i] - v[i]) * new_v
        m[i], v[i] = mean, square
        w[i] = x - mean * alpha / (np.sqrt(square) + epsilon)


@_update("out T[:]", "out T[:]", "out T[:]", "out T[:]", "T[:]", "T", "T", "T", "T", "T")
def _amsgrad(w, m, v, largest, g, alpha, new_m, new_v, epsilon, decay):
    for i in prange(w.size):
        x = w[i] - decay * w[i]
        mean = m[i] + (g[i] - m[i]) * new_m
        square = v[i] + (g[i] * g[i] - v[i]) * new_v
        top = np.maximum(largest[i], square)
        m[i], v[i], largest[i] = mean, square, top
        w[i] = x - mean * alpha / (np.sqrt(top) + epsilon)


@_update("out T[:]", "out T[:]", "T[:]", "T", "T", "T", "T", "T")
def _rmsprop(w, v, g, lr, rho, new, epsilon, decay):
    for i in prange(w.size):
        x = w[i] - decay * w[i]
        square = rho * v[i] + new * (g[i] * g[i])
        v[i] = square
        w[i] = x - lr * g[i] / np.sqrt(square + epsilon)


@_update("out T[:]", "out T[:]", "out T[:]", "T[:]", *["T"] * 6)
def _rmsprop_momentum(w, v, m, g, lr, rho, new, momentum, epsilon, decay):
    for i in prange(w.size):
        x = w[i] - decay * w[i]
        square = rho * v[i] + new * (g[i] * g[i])
        step = momentum * m[i] + lr * g[i] / np.sqrt(square + epsilon)
        v[i], m[i] = square, step
        w[i] = x - step


@_update("out T[:]", "out T[:]", "out T[:]", "out T[:]", "T[:]", *["T"] * 6)
def _rmsprop_centered(w, v, mean, m, g, lr, rho, new, momentum, epsilon, decay):
    for i in prange(w.size):
        x = w[i] - decay * w[i]
        square = rho * v[i] + new * (g[i] * g[i])
        average = rho * mean[i] + new * g[i]
        step = momentum * m[i] + lr * g[i] / np.sqrt(square - average * average + epsilon)
        v[i], mean[i], m[i] = square, average, step
        w[i] = x - step


def sgd(w, g, lr: float, *, decay: float = 0.0, out=None):
    """w -= lr g.

    Example:
        >>> w = np.array([1.0, 2.0], "float32")
        >>> sgd(w, np.ones(2, "float32"), 0.5)
        >>> w
        array([0.5, 1.5], dtype=float32)
    """
    _apply(_sgd, (w,), g, (lr, decay), out)


def momentum(w, m, g, lr: float, momentum: float, *, nesterov=False, decay: float = 0.0, out=None):
    """m = momentum m - lr g; w += m, or with Nesterov's lookahead w += momentum m - lr g."""
    kind = w.dtype.type
    parameters = kind(lr), kind(momentum), bool(nesterov), kind(decay)
    _apply(_momentum, (w, m), g, parameters, out)


def adam(w, m, v, g, alpha, beta_1, beta_2, epsilon, *, decay: float = 0.0, out=None):
    """m += (g - m)(1 - beta_1); v += (g² - v)(1 - beta_2); w -= alpha m / (sqrt(v) + epsilon).

    alpha is the learning rate with the bias corrections of step t: lr sqrt(1 - beta_2**t) / (1 -
    beta_1**t) (Kingma and Ba 2014, the form before section 2.1). With `decay` it is AdamW
    (Loshchilov and Hutter 2017).
    """
    _apply(_adam, (w, m, v), g, (alpha, 1 - beta_1, 1 - beta_2, epsilon, decay), out)


def amsgrad(w, m, v, largest, g, alpha, beta_1, beta_2, epsilon, *, decay: float = 0.0, out=None):
    """As `adam`, with the largest v so far in place of v (Reddi, Kale and Kumar 2018)."""
    parameters = alpha, 1 - beta_1, 1 - beta_2, epsilon, decay
    _apply(_amsgrad, (w, m, v, largest), g, parameters, out)


def rmsprop(w, v, g, lr, rho, epsilon, *, decay: float = 0.0, out=None):
    """v = rho v + (1 - rho) g²; w -= lr g / sqrt(v + epsilon) (Tieleman and Hinton 2012)."""
    _apply(_rmsprop, (w, v), g, (lr, rho, 1 - rho, epsilon, decay), out)


def rmsprop_momentum(w, v, m, g, lr, rho, momentum, epsilon, *, decay: float = 0.0, out=None):
    """As `rmsprop`, with m = momentum m + lr g / sqrt(v + epsilon) and w -= m."""
    parameters = lr, rho, 1 - rho, momentum, epsilon, decay
    _apply(_rmsprop_momentum, (w, v, m), g, parameters, out)


def rmsprop_centered(w, v, mean, m, g, lr, rho, momentum, epsilon, *, decay: float = 0.0, out=None):
    """As `rmsprop_momentum`, with the variance v - mean² in place of v; momentum may be 0."""
    parameters = lr, rho, 1 - rho, momentum, epsilon, decay
    _apply(_rmsprop_centered, (w, v, mean, m), g, parameters, out)


def _apply(kernel: Kernel, changed, g, parameters, out) -> None:
    kind = changed[0].dtype.type
    if out is not None:
        # Kernels have no `out` of their own: where it is the input, as in a compiled step, two
        # names for one array would keep the loop from being vectorised.
        for new, old in zip(out, changed, strict=True):
            if new is not old:
                np.copyto(new, old)
        changed = out
    for array in changed:
        if not array.flags.c_contiguous or array.shape != g.shape or array.dtype != g.dtype:
            raise ValueError(
                "optimizers: weights, state and gradient must be C-contiguous arrays of one shape "
                "and dtype. Cast or copy them. Received: "
                f"{array.dtype}{array.shape} and a gradient {g.dtype}{g.shape}"
            )
    flat = [array.reshape(-1) for array in changed]
    kernel(*flat, g.reshape(-1), *[p if isinstance(p, bool) else kind(p) for p in parameters])
