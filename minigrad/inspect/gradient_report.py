"""What `check_gradients` has found: a verdict per weight, and the op at fault."""

import math
from typing import NamedTuple

import numpy as np

from minigrad.inspect.view import BAD, GOOD, INK, MUTED, WARN, View, table, tidy

MARKS = {"right": "✓", "kink": "✓", "noise": "~", "unused": "·", "cut off": "✗", "wrong": "✗"}


class WeightVerdict(NamedTuple):
    """What the check says of one weight.

    Attributes:
        name: The path of the Variable, or "argument 0".
        shape: Its shape.
        verdict: "right"; "kink" (right, but differences see a corner); "noise" (the rule is right,
            the dtype of the training loses its digits); "unused" (the loss does not depend on it);
            "cut off" (it does, but no gradient comes back); "wrong".
        error: The largest disagreement, relative to the largest gradient of this weight.
        index: Of the entry where the two disagree most.
        tape: What the tape says there.
        difference: What finite differences say there.
    """

    name: str
    shape: tuple
    verdict: str
    error: float
    index: tuple
    tape: float
    difference: float

    @property
    def ok(self):
        return self.verdict in ("right", "kink", "noise", "unused")

    @property
    def ratio(self):
        """`tape / difference`."""
        return self.tape / self.difference if self.difference else math.nan


class GradientCheck(View):
    """The result of `check_gradients`.

    Attributes:
        ok: Whether no weight has a wrong gradient.
        weights: A WeightVerdict for each weight.
        wrong_ops: The ops whose rules are wrong, with the likely cause.
        notes: What else is worth knowing.
    """

    figure_size = (9.2, 4.2)

    def __init__(self, weights, wrong_ops, notes, pairs):
        self.weights, self.wrong_ops, self.notes = weights, wrong_ops, notes
        self._pairs = pairs  # for the picture: name, tape, differences

    @property
    def ok(self):
        return all(weight.ok for weight in self.weights) and not self.wrong_ops

    def text(self):
        bad = sum(not weight.ok for weight in self.weights)
        head = f"{len(self.weights) - bad} of {len(self.weights)} weights have the right gradient."
        rows = [["", "weight", "shape", "verdict", "error"]]
        for one in self.weights:
            error = f"{one.error:.1e}" if np.isfinite(one.error) else "-"
            rows.append([MARKS[one.verdict], one.name, str(one.shape), one.verdict, error])
        lines = [head, "", *table(rows, right=[4])]
        for one in self.weights:
            if one.verdict == "wrong" and np.isfinite(one.error):
                at = f"[{', '.join(map(str, one.index))}]" if one.index else ""
                lines += [
                    "",
                    f"✗ {one.name}{at}: the tape says {one.tape:.6g}, finite differences say "
                    f"{one.difference:.6g}, ratio {one.ratio:.4g}.",
                ]
            elif one.verdict == "cut off":
                lines += [
                    "",
                    f"✗ {one.name}: the result changes with it, but no gradient comes back. The "
                    "tape is cut on the way: by numpy() or float(), by no_grad, stop_gradient or "
                    "detach(), or by an op without a gradient (argmax, round, comparisons).",
                ]
        for wrong in self.wrong_ops:
            lines += [
                "",
                f"The op at fault: {wrong.name}, gradient by its input {wrong.argument}.",
                f"Likely cause ({wrong.cause}): {wrong.explanation}",
            ]
        lines += [line for note in self.notes for line in ("", note)]
        return "\n".join(lines)

    def _draw(self, figure):
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.15))
        self._draw_errors(left)
        self._draw_pairs(right)

    def _draw_errors(self, axes):
        names = [one.name for one in self.weights]
        errors = [max(one.error, 1e-12) if np.isfinite(one.error) else 1.0 for one in self.weights]
        colours = [
            BAD if not one.ok else WARN if one.verdict == "noise" else GOOD for one in self.weights
        ]
        places = np.arange(len(names))[::-1]
        axes.hlines(places, 1e-12, errors, color=colours, linewidth=3, alpha=0.35)
        axes.scatter(errors, places, c=colours, s=60, zorder=3)
        axes.set_xscale("log")
        axes.set_xlim(1e-12, 10)
        axes.set_yticks(places, [_short(name) for name in names])
        axes.set_ylim(-0.6, len(names) - 0.4)
        axes.set_xlabel("relative error of the gradient")
        axes.set_title("Is each gradient right?", loc="left", color=INK, fontweight="bold")
        tidy(axes, "x")

    def _draw_pairs(self, axes):
        scale = max([1e-12, *(np.abs(both).max() for _, *both in self._pairs if len(both[0]))])
        axes.axline((0, 0), slope=1, color=MUTED, linewidth=1, linestyle="--", zorder=0)
        axes.text(
            0.8 * scale, 0.9 * scale, "right", color=MUTED, rotation=45, ha="center", va="center"
        )
        verdicts = {one.name: one.ok for one in self.weights}
        for good in (True, False):
            chosen = [pair for pair in self._pairs if verdicts[pair[0]] is good]
            if chosen:
                tape = np.concatenate([pair[1] for pair in chosen])
                numeric = np.concatenate([pair[2] for pair in chosen])
                label = "right" if good else "wrong"
                colour = GOOD if good else BAD
                axes.scatter(
                    numeric, tape, s=34, color=colour, alpha=0.75, label=label, linewidth=0
                )
        axes.set_xlabel("finite differences say")
        axes.set_ylabel("the tape says")
        axes.set_title("Entry by entry", loc="left", color=INK, fontweight="bold")
        limits = (-1.12 * scale, 1.12 * scale)
        axes.set_xlim(limits)
        axes.set_ylim(limits)
        axes.locator_params(nbins=5)
        axes.set_aspect("equal")
        tidy(axes, "both")
        if self._pairs:
            axes.legend(frameon=False, loc="upper left")


def _short(name):
    return name if len(name) <= 28 else "…" + name[-27:]
