"""Run a user's model without leaving a trace: its outputs, and what each layer makes on the way."""

import functools
from contextlib import contextmanager

import numpy as np

from minigrad import tree
from minigrad.autograd.record import no_grad
from minigrad.autograd.tensor import Tensor
from minigrad.inspect.undisturbed import arrays_of, length_of, rows_of
from minigrad.stateless_scope import StatelessScope

BATCH = 512


def outputs_of(model, x, batch=BATCH):
    """The outputs for `x` as one array, computed as in `predict`."""
    parts, length = [], length_of(x)
    if not length:
        raise ValueError(
            "inspect: x must hold at least one sample, to see what the model makes of it. "
            f"Received: x={x!r}"
        )
    with no_grad():
        for start in range(0, length, batch):
            inputs = arrays_of(rows_of(x, slice(start, start + batch)))
            with StatelessScope():
                out = call(model, inputs, training=False)
            if not isinstance(out, Tensor):
                raise ValueError(
                    "The model must have a single output here. Make a model of the one that you "
                    f"mean. Received: outputs={type(out).__name__} of {len(tree.flatten(out))}"
                )
            parts.append(np.asarray(out))
    return np.concatenate(parts)


def call(model, inputs, training):
    """Call a model or layer, telling it `training` where it wants to know."""
    takes = "training" in model._call_signature.parameters or "training" in model._call_context_args
    return model(inputs, training=training) if takes else model(inputs)


@contextmanager
def layers_heard(model, listener):
    """In the block `listener(layer, args, kwargs, outputs)` is told of every call inside."""
    layers = model._flatten_layers(include_self=False)
    for layer in layers:
        vars(layer)["call"] = _heard(layer, type(layer).call.__get__(layer), listener)
    try:
        yield
    finally:
        for layer in layers:
            vars(layer).pop("call", None)


def _heard(layer, original, listener):
    @functools.wraps(original)
    def call(*args, **kwargs):
        outputs = original(*args, **kwargs)
        listener(layer, args, kwargs, outputs)
        return outputs

    return call


def class_scores(outputs):
    """Probabilities of the classes, `(n, classes)`, from the outputs of a classifier.

    One column is the probability of class 1; what lies outside of 0 … 1 is taken for logits.
    """
    outputs = np.asarray(outputs, np.float64)
    broken = np.isnan(outputs).sum()
    if broken:
        raise ValueError(
            "inspect: the outputs of a classifier must be numbers to tell classes by. Look for NaN "
            "in the data and in the weights; inspect.nan_watch shows where it comes up. Received: "
            f"{broken} NaN among {outputs.size} outputs"
        )
    if outputs.ndim == 1 or outputs.shape[-1] == 1:
        p = outputs.reshape(len(outputs))
        if (p < 0).any() or (p > 1).any():
            p = 1 / (1 + np.exp(-np.clip(p, -500, 500)))
        return np.stack([1 - p, p], axis=1)
    if (outputs < 0).any() or not np.allclose(outputs.sum(-1), 1, atol=1e-2):
        # An infinite logit is one that is larger than all others.
        outputs = np.clip(outputs, -1e300, 1e300)
        powers = np.exp(outputs - outputs.max(-1, keepdims=True))
        return powers / powers.sum(-1, keepdims=True)
    return outputs


def class_numbers(y, classes):
    """Labels as class numbers: they may be one-hot, or have an axis of length 1."""
    y = np.asarray(y)
    if y.ndim > 1 and y.shape[-1] == classes and classes > 1 and y.shape[-1] != 1:
        return y.argmax(-1)
    y = y.reshape(len(y))
    if (y < 0).any():  # hinge losses have -1 and 1
        y = y > 0
    return y.astype(int)
