"""Shapes, dtypes and masks, layer by layer: where a mask is made, carried on, dropped."""

import warnings

from minigrad import tree
from minigrad.autograd.record import THREAD, no_grad
from minigrad.inspect.numbers import shape_text
from minigrad.inspect.shown import Shown
from minigrad.inspect.table import figure_table, html_table, text_table
from minigrad.inspect.undisturbed import arrays_of, undisturbed
from minigrad.layers.calling import LayerCalls
from minigrad.masking import get_keras_mask

HEADER = ["layer", "class", "in", "out", "dtype", "mask in", "mask out", "mask"]
COLOURS = {"made": "#e3f5ea", "dropped": "#fde8e8", "changed": "#fff6e0", "error": "#fbd0d0"}


def flow(model, x):
    """How shapes, dtypes and masks go through a model.

    Args:
        model: A model or a layer.
        x: Its inputs: a batch.

    Returns:
        A Flow: a line per layer. An error in a layer ends the table, and is shown with the shapes
        that met there. Model, seeds and random numbers stay as they were.

    >>> import minigrad as mg, numpy as np
    >>> model = mg.Sequential([mg.layers.Masking(name="masking"), mg.layers.Flatten(name="flat")])
    >>> print(mg.inspect.flow(model, np.ones((2, 3, 4), "float32")).lines[1]["mask"])
    made
    """
    return Flow(model, x)


class Flow(Shown):
    """What went in and out of each layer; `inspect.flow` makes one.

    Attributes:
        lines: A dict per call of a layer, with the keys of the table's header, in order.
        error: What a layer raised, or None.
    """

    def __init__(self, model, x):
        self.lines, self.error = [], None
        self.title = f"what flows through {model.name}"
        whole = model if hasattr(model, "metrics_variables") else None
        original, lines = LayerCalls.__call__, self.lines

        def noted(layer, *args, **kwargs):
            line = dict.fromkeys(HEADER, "")
            lines.append(line)
            given = [one for one in tree.flatten((args, kwargs)) if hasattr(one, "shape")]
            line["layer"] = "/".join([*THREAD.mode.where, layer.name])
            line["class"] = type(layer).__name__
            line["in"] = ", ".join(shape_text(one.shape) for one in given)
            before = [one for one in map(get_keras_mask, given) if one is not None]
            line["mask in"] = ", ".join(shape_text(one.shape) for one in before)
            try:
                out = original(layer, *args, **kwargs)
            except Exception:
                line["mask"] = "error"
                raise
            outputs = [one for one in tree.flatten(out) if hasattr(one, "shape")]
            line["out"] = ", ".join(shape_text(one.shape) for one in outputs)
            line["dtype"] = ", ".join(dict.fromkeys(str(one.dtype) for one in outputs))
            after = [one for one in map(get_keras_mask, outputs) if one is not None]
            line["mask out"] = ", ".join(shape_text(one.shape) for one in after)
            line["mask"] = _fate(before, after)
            return out

        with undisturbed(whole), no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the table says where a mask is dropped
            LayerCalls.__call__ = noted
            try:
                model(arrays_of(x))
            except (ValueError, TypeError, RuntimeError) as error:
                self.error = error
            finally:
                LayerCalls.__call__ = original

    def _rows(self):
        return [list(line.values()) for line in self.lines]

    def _drawn_error(self):
        """The shapes that met in the layer that failed, drawn as boxes."""
        if self.error is None:
            return []
        failed = next(line for line in reversed(self.lines) if line["mask"] == "error")
        shown = [f"[{one}]" for one in failed["in"].replace("), ", ")|").split("|")]
        meeting = f"{'  '.join(shown)} ─► {failed['layer']} ({failed['class']}) ✗"
        notes = getattr(self.error, "__notes__", [])
        return ["", meeting, f"{type(self.error).__name__}: {self.error}", *notes]

    def text(self):
        """The table as text."""
        return "\n".join([text_table(HEADER, self._rows()), *self._drawn_error()])

    def _colours(self):
        return [COLOURS.get(line["mask"]) for line in self.lines]

    def _repr_html_(self):
        import html

        below = html.escape("\n".join(self._drawn_error()))
        table = html_table(HEADER, self._rows(), self.title, self._colours())
        return f"{table}<pre>{below}</pre>"

    def _figure(self):
        return figure_table(HEADER, self._rows(), self.title, self._colours())


def _fate(before, after):
    """What became of a mask."""
    if not before:
        return "made" if after else ""
    if not after:
        return "dropped"
    same = before[0] is after[0] or before[0].shape == after[0].shape
    return "carried" if same else "changed"
