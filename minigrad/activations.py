"""Activation functions by name, for the `activation` argument of layers: `minigrad.activations`."""

import types

from minigrad import ops
from minigrad.autograd.primitive import op
from minigrad.autograd.tensor import as_tensor
from minigrad.ops import (
    celu,
    elu,
    glu,
    hard_shrink,
    hard_silu,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    selu,
    soft_shrink,
    softmax,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    tanh_shrink,
    threshold,
)
from minigrad.saving import registry
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]


def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """max(x, 0), and its kin.

    Args:
        negative_slope: The slope below `threshold`.
        max_value: The greatest result; None for no limit.
        threshold: Up to here the result is 0, or negative_slope · (x - threshold).

    >>> from minigrad import activations
    >>> activations.relu([-10.0, 0.5, 10.0], negative_slope=0.1, max_value=6.0).numpy()
    array([-1. ,  0.5,  6. ], dtype=float32)
    """
    if not negative_slope and max_value is None and not threshold:
        return ops.relu(x)
    return _general_relu(x, negative_slope, max_value, threshold)


@op
def _general_relu(x, negative_slope, max_value, threshold):
    x = as_tensor(x)
    if negative_slope and max_value is None and not threshold:
        return leaky_relu(x, negative_slope)
    below = negative_slope * ops.relu(threshold - x) if negative_slope else None
    if threshold:
        y = ops.where(x > threshold, x, 0)
    elif max_value == 6:
        y, max_value = ops.relu6(x), None
    else:
        y = ops.relu(x)
    if max_value is not None:
        y = ops.clip(y, 0, max_value)
    return y if below is None else y - below


def relu6(x):
    """min(max(x, 0), 6)."""
    return ops.relu6(x)


def sigmoid(x):
    """1 / (1 + e⁻ˣ)."""
    return ops.sigmoid(x)


def hard_sigmoid(x):
    """min(max(x / 6 + 1/2, 0), 1): sigmoid of straight lines."""
    return ops.hard_sigmoid(x)


def tanh(x):
    """(eˣ - e⁻ˣ) / (eˣ + e⁻ˣ)."""
    return ops.tanh(x)


def exponential(x):
    """eˣ."""
    return ops.exp(x)


def softplus(x):
    """log(1 + eˣ)."""
    return ops.softplus(x)


def silu(x):
    """x · sigmoid(x)."""
    return ops.silu(x)


def gelu(x, approximate=False):
    """x · Φ(x), Φ the cumulative normal distribution; `approximate`: by tanh, not erf."""
    return ops.gelu(x, approximate)


@op
def mish(x):
    """x · tanh(softplus(x)). Misra, arXiv:1908.08681."""
    x = as_tensor(x)
    return x * ops.tanh(ops.softplus(x))


swish = silu
hard_swish = hard_silu


def linear(x):
    """x itself."""
    return x


_NAMED = {
    name: value
    for name, value in globals().items()
    if name in __all__ and name not in ("get", "serialize", "deserialize")
}


def serialize(activation):
    """The name of one of these functions; a config of another callable.

    >>> from minigrad import activations
    >>> activations.serialize(activations.relu)
    'relu'
    """
    for function in _NAMED.values():
        if function is activation:
            return function.__name__
    config = serialize_keras_object(activation)
    if "config" not in config:
        raise ValueError(
            f"Unknown activation function '{activation}' cannot be serialized. Register it with "
            "@keras.saving.register_keras_serializable(). "
            f"Received: activation={activation!r}"
        )
    if isinstance(activation, types.FunctionType) and isinstance(config["config"], str):
        config["config"] = registry.get_registered_name(activation)
    return config


def deserialize(config, custom_objects=None):
    """The activation that a name or a config stands for."""
    return deserialize_keras_object(config, module_objects=_NAMED, custom_objects=custom_objects)


def get(identifier):
    """The activation that `identifier` stands for: a name, a config, a callable; None is `linear`.

    Raises ValueError for anything else.

    >>> from minigrad import activations
    >>> activations.get("relu") is activations.relu
    True
    """
    if identifier is None:
        return linear
    found = identifier
    if isinstance(identifier, dict):
        found = deserialize_keras_object(identifier)
    elif isinstance(identifier, str):
        found = _NAMED.get(identifier)
    if callable(found):
        return found
    raise ValueError(
        f"Could not interpret activation function identifier: {identifier}. Expected one of "
        f"{', '.join(sorted(_NAMED))}, a config, or a callable. "
        f"Received: identifier={identifier!r}"
    )
