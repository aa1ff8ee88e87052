"""What one batch tells about the layers of a model: activations, gradients, weights, updates."""

from dataclasses import dataclass

import numpy as np

from minigrad.autograd import GradientTape
from minigrad.autograd.tensor import Tensor
from minigrad.inspect.running import call, layers_heard
from minigrad.stateless_scope import StatelessScope

# Activations that are 0, or flat, over a half of what they are given.
ZEROING = {"relu", "relu6", "squared_relu", "relu_squared", "threshold", "re_lu"}
BOUNDED = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0)}


@dataclass
class LayerHealth:
    """One layer on one batch.

    Attributes:
        name, kind, activation: Of the layer: its name, its class, its activation or "linear".
        outputs: How many numbers it gave.
        mean, std: Of its outputs.
        dead: The share of its units that are 0 for every sample, behind a relu.
        saturated: The share of its outputs within 1 % of the bounds of a tanh or sigmoid.
        gradient: The standard deviation of the gradient of the loss by its outputs.
        weight_norm, gradient_norm: Of its trainable weights together, and of their gradient; 0
            without any.
        update: How far the last step moved the weights, relative to their norm; None if unknown.
        same_units: Whether all its units have the same weights.
        unreached: Paths of trainable weights that no gradient reaches.
    """

    name: str
    kind: str
    activation: str
    outputs: int
    mean: float
    std: float
    dead: float
    saturated: float
    gradient: float
    weight_norm: float
    gradient_norm: float
    update: float | None
    same_units: bool
    unreached: list


def main_layers(model):
    """The layers of a model as a person lists them: those of models inside it in their places."""
    found = []
    for layer in model._layers:
        found += main_layers(layer) if hasattr(layer, "train_step") else [layer]
    return list({id(layer): layer for layer in found}.values())


def activation_of(layer):
    """The name of the activation of a layer: "relu", "linear"."""
    function = getattr(layer, "activation", None)
    name = getattr(function, "__name__", None) if function is not None else None
    if name is None:
        kind = type(layer).__name__
        name = {"ReLU": "relu", "Softmax": "softmax", "LeakyReLU": "leaky_relu"}.get(kind, "linear")
    return name


def measure(model, x, y, sample_weight=None, updates=None):
    """A LayerHealth for every layer that computes something, from one batch; changes nothing.

    Args:
        model: A compiled model.
        x, y, sample_weight: The batch, as Tensors.
        updates: `{id of a weight: how far the last step moved it}`: arrays.

    Returns:
        The list, the loss, and the outputs of the model.
    """
    heard, main = {}, {id(layer) for layer in main_layers(model)}

    def listener(layer, args, kwargs, outputs):
        if id(layer) in main and type(outputs) is Tensor and "float" in outputs.dtype:
            heard[id(layer)] = layer, outputs

    weights = model.trainable_weights
    with StatelessScope(), layers_heard(model, listener), GradientTape() as tape:
        outputs = call(model, x, training=True)
        loss = model._compute_loss(x, y, outputs, sample_weight, training=True)
    made = [out for _, out in heard.values()]
    watched = [out for out in made if out.requires_grad]
    found = [None] * (len(watched) + len(weights))
    if loss.requires_grad:
        found = tape.gradient(loss, [*watched, *weights])
    by_output = dict(zip(map(id, watched), found))
    by_weight = dict(zip(map(id, weights), found[len(watched) :]))
    layers = [
        _health(layer, out, by_output.get(id(out)), by_weight, updates or {})
        for layer, out in heard.values()
        if layer.weights or activation_of(layer) != "linear"
    ]
    return layers, float(loss), outputs


def _health(layer, out, gradient, by_weight, updates):
    values = np.asarray(out).astype(np.float64)
    activation = activation_of(layer)
    units = values.reshape(-1, values.shape[-1]) if values.ndim > 1 else values.reshape(-1, 1)
    dead = float((units == 0).all(axis=0).mean()) if activation in ZEROING else 0.0
    saturated = 0.0
    if activation in BOUNDED:
        low, high = BOUNDED[activation]
        edge = 0.01 * (high - low)
        saturated = float(((values < low + edge) | (values > high - edge)).mean())
    own = list(layer.trainable_weights)
    gradients = [by_weight.get(id(weight)) for weight in own]
    moved = [updates[id(weight)] for weight in own if id(weight) in updates]
    norm = _norm([weight.numpy() for weight in own])
    return LayerHealth(
        name=layer.name,
        kind=type(layer).__name__,
        activation=activation,
        outputs=values.size,
        mean=float(values.mean()),
        std=float(values.std()),
        dead=dead,
        saturated=saturated,
        gradient=0.0 if gradient is None else float(np.asarray(gradient).std()),
        weight_norm=norm,
        gradient_norm=_norm([np.asarray(g) for g in gradients if g is not None]),
        update=_norm(moved) / norm if moved and norm else None,
        same_units=_same_units(layer),
        unreached=[w.path for w, g in zip(own, gradients, strict=True) if g is None],
    )


def _same_units(layer):
    kernel = getattr(layer, "kernel", None)
    if kernel is None or kernel.ndim < 2 or kernel.shape[-1] < 2 or kernel.size < 4:
        return False
    units = kernel.numpy().reshape(-1, kernel.shape[-1])
    return bool((units == units[:, :1]).all())


def _norm(arrays):
    return float(np.sqrt(sum(float((a.astype(np.float64) ** 2).sum()) for a in arrays)))
