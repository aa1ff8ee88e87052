"""attention: what each position looks at, head by head."""

import functools
import inspect

import numpy as np

from minigrad.autograd.record import no_grad
from minigrad.inspect.running import call
from minigrad.inspect.undisturbed import arrays_of, undisturbed
from minigrad.inspect.view import INK, View
from minigrad.stateless_scope import StatelessScope


class AttentionMaps(View):
    """The weights of attention layers on one sample.

    Attributes:
        maps: `{name of a layer: array (heads, queries, keys)}`; each row sums to 1.
        tokens: What stands at the positions, or None.
    """

    def __init__(self, maps, tokens):
        self.maps = maps
        self.tokens = None if tokens is None else list(map(str, tokens))
        self._columns = min(max(len(one) for one in maps.values()), 4)
        self._rows = sum(-(-len(one) // self._columns) for one in maps.values())
        self.figure_size = (2.7 * self._columns + 0.6, 2.8 * self._rows + 0.3)

    def entropy(self, name):
        """How widely each head looks, in bits: 0 at a single place, log2(keys) everywhere."""
        weights = self.maps[name]
        logs = np.log2(weights, out=np.zeros_like(weights), where=weights > 0)
        return -(weights * logs).sum(-1).mean(-1)

    def text(self):
        lines = []
        for name, maps in self.maps.items():
            lines.append(f"{name}: {len(maps)} heads, {maps.shape[1]} × {maps.shape[2]} positions")
            for head, (weights, bits) in enumerate(zip(maps, self.entropy(name), strict=True)):
                distance = _distance(weights)
                lines.append(
                    f"  head {head}: looks {distance:.1f} positions away, at about "
                    f"{2**bits:.1f} at once"
                )
        return "\n".join(lines)

    def _draw(self, figure):
        panels = iter(figure.subplots(self._rows, self._columns, squeeze=False).flat)
        for name, maps in self.maps.items():
            for head in range(-(-len(maps) // self._columns) * self._columns):
                axes = next(panels)
                if head >= len(maps):
                    axes.axis("off")
                    continue
                axes.imshow(maps[head], cmap="magma", vmin=0, vmax=maps[head].max(), aspect="auto")
                axes.set_title(f"{name}, head {head}", fontsize=8, loc="left", color=INK)
                axes.tick_params(length=0, labelsize=7)
                axes.spines[:].set_visible(False)
                if self.tokens is not None:
                    axes.set_xticks(range(maps.shape[2]), self.tokens[: maps.shape[2]], rotation=90)
                    axes.set_yticks(range(maps.shape[1]), self.tokens[: maps.shape[1]])
                axes.set_xlabel("looked at", fontsize=7)
        for axes in panels:
            axes.axis("off")


def _distance(weights):
    queries, keys = np.indices(weights.shape)
    return float((weights * np.abs(queries - keys)).sum(-1).mean())


def attention(layer, x, *, tokens=None, sample=0):
    """What each position looks at, for all attention layers of a model, or for one.

    Args:
        layer: A model with attention layers inside, or an attention layer.
        x: Inputs of the model; of a layer `(batch, positions, features)`, which attends to itself,
            or a list of query, value and perhaps key.
        tokens: What stands at the positions, for the axes.
        sample: Which sample of the batch to show.

    Returns:
        AttentionMaps. The model stays as it was.

    Raises:
        ValueError: there is no attention layer, or no such sample.

    >>> import minigrad as mg
    >>> layer = mg.layers.MultiHeadAttention(num_heads=2, key_dim=4)
    >>> maps = mg.inspect.attention(layer, mg.ops.ones((1, 3, 8))).maps
    >>> [one.shape for one in maps.values()]
    [(2, 3, 3)]
    """
    layers = [one for one in layer._flatten_layers() if _attends(one)]
    if not layers:
        raise ValueError(
            "attention: there is no attention layer inside, such as layers.MultiHeadAttention. "
            f"Received: {layer!r}"
        )
    found = {}
    with undisturbed(layer), no_grad(), StatelessScope():
        for one in layers:
            vars(one)["call"] = _keeping(one, type(one).call.__get__(one), found)
        try:
            inputs = arrays_of(x)
            if layer is layers[0]:
                _attend(layer, inputs)
            else:
                call(layer, inputs, training=False)
        finally:
            for one in layers:
                vars(one).pop("call", None)
    maps = {}
    for name, scores in found.items():
        if not -len(scores) <= sample < len(scores):
            raise ValueError(
                f"attention: sample must be the number of one of the {len(scores)} samples in x. "
                f"Received: sample={sample}"
            )
        one = scores[sample]
        maps[name] = one if one.ndim == 3 else one.reshape(-1, *one.shape[-2:])
    return AttentionMaps(maps, tokens)


def _attends(layer):
    return "return_attention_scores" in inspect.signature(layer.call).parameters


def _attend(layer, inputs):
    """Call an attention layer: some take a list of tensors, others one by one."""
    several = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs, inputs]
    if next(iter(inspect.signature(layer.call).parameters)) == "inputs":
        return layer(several)
    return layer(*several)


def _keeping(layer, original, found):
    @functools.wraps(original)
    def call_keeping_scores(*args, **kwargs):
        wanted = kwargs.pop("return_attention_scores", False)
        outputs, scores = original(*args, return_attention_scores=True, **kwargs)
        name, number = layer.name, 2
        while name in found:
            name, number = f"{layer.name} (call {number})", number + 1
        found[name] = np.asarray(scores).astype(np.float64)
        return (outputs, scores) if wanted else outputs

    return call_keeping_scores
