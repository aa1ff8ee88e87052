"""Backprop as a film: one HTML page with the graph, buttons and a slider, step by step."""

import hashlib
import html
import importlib.resources
import json

import numpy as np

from minigrad.autograd.backward import upstream_of
from minigrad.drawing.images import data_uri
from minigrad.drawing.svg import svg
from minigrad.inspect.graph import Graph, tape_scene
from minigrad.inspect.numbers import short
from minigrad.inspect.shown import Shown
from minigrad.inspect.steps import backward_steps
from minigrad.inspect.walk import gradients_of, result_of


def backprop_player(y, gradient=None, direction=None):
    """The walk back from a result as a page that can be played, a step at a time.

    Args:
        y: A scalar Tensor, usually the loss.
        gradient: The upstream gradient, for a result that is no scalar.
        direction: "right" or "down": where the arrows of the graph lead.

    Returns:
        A Player: a notebook shows it, `.save("backprop.html")` writes a page that needs nothing
        besides. Arrow keys, buttons and the slider go forwards and back.

    Raises ValueError where nothing was recorded, or for a result that is no scalar.

    >>> import minigrad as mg
    >>> x = mg.Tensor(3.0, requires_grad=True)
    >>> player = mg.inspect.backprop_player(mg.ops.sin(x * x))
    >>> len(player.frames)
    3
    """
    return Player(y, gradient, direction)


class Player(Shown):
    """A page that plays the walk back; `inspect.backprop_player` makes one.

    Attributes:
        frames: A dict a step: what is said, which card is looked at, which gradients change.
    """

    title = "Backpropagation, step by step"

    def __init__(self, y, gradient, direction):
        y = result_of(y, "inspect.backprop_player")
        start = upstream_of(y, gradient)._value
        self.scene, keys = tape_scene(y, gradients_of(y, gradient), direction)
        self.scene.title = ""
        self._index = {key: number for number, key in enumerate(self.scene.cards)}
        first = {
            "title": "The forward pass is done",
            "text": "Every value is known. Backpropagation starts at the result: the gradient of "
            f"the result by itself is {short(start)}. From here it goes back, an operation at a "
            "time.",
            "math": [],
            "card": self._index[keys[y._record]],
            "changes": [self._change(keys[y._record], start)],
        }
        self.steps = list(backward_steps(y, gradient))
        self.frames = [first, *(self._frame(step, keys) for step in self.steps)]

    def _change(self, key, gradient):
        gradient = gradient[0] if isinstance(gradient, tuple) else np.asarray(gradient)
        pictures = len(self.scene.cards[key].pictures)
        picture = data_uri(gradient) if pictures > 1 else None
        return [self._index[key], f"∇ {short(gradient)}", picture]

    def _frame(self, step, keys):
        first, *others = step.sentence().split("\n  ")
        changed = {}  # an input that is used twice changes once more
        for share in step.shares:
            changed[keys[share.target]] = share.total
        layer = f" in {step.layer}" if step.layer else ""
        return {
            "title": f"{step.op}{layer}",
            "text": first,
            "shares": others,
            "math": [step.mathml(share) for share in step.shares],
            "card": self._index[keys[step.record]],
            "changes": [self._change(key, total) for key, total in changed.items()],
        }

    def text(self):
        """The steps in words."""
        return "\n".join(map(str, self.steps))

    def _figure(self):
        return Graph(self.scene)._figure()

    def _repr_html_(self):
        data = json.dumps(self.frames, separators=(",", ":"), ensure_ascii=False)
        data = data.replace("</", "<\\/")
        picture = svg(self.scene)
        name = "mg" + hashlib.sha1((data + picture).encode()).hexdigest()[:10]
        folder = importlib.resources.files(__package__)
        template = folder.joinpath("player.html").read_text("utf-8")
        script = folder.joinpath("player.js").read_text("utf-8")
        for mark, text in {
            "NAME": name,
            "PICTURE": picture,
            "LAST": str(len(self.frames) - 1),
            "TITLE": html.escape(self.title),
            "SCRIPT": "(function(){" + script + f'\nplay(document.getElementById("{name}"),{data});'
            "})();",
        }.items():
            template = template.replace(f"@{mark}@", text)
        return template
