"""What `nan_watch` has found: the op, the place, the inputs, why, and what to do about it."""

import numpy as np

from minigrad.autograd.user_code import described
from minigrad.inspect.view import BAD, INK, MUTED, WARN, View, bare

FINITE = "#dbeafe"

# Why an op gives no finite number, and what helps.
REASONS = {
    "log": (
        "log(0) is -∞, and the logarithm of a negative number is NaN.",
        "Keep its input above 0: `ops.log(ops.maximum(x, 1e-7))`; for probabilities, compute the "
        "loss from logits (`from_logits=True`), where no logarithm of 0 can arise.",
    ),
    "log1p": ("log1p(-1) is -∞, and below -1 it is NaN.", "Keep its input above -1."),
    "sqrt": (
        "The root of a negative number is NaN; at 0 the slope of the root is infinite.",
        "Add a small number below the root, `ops.sqrt(x + 1e-7)`, or clip x at 0.",
    ),
    "rsqrt": (
        "1/√0 is ∞, and the root of a negative number is NaN.",
        "Add a small number: `ops.rsqrt(x + 1e-7)`.",
    ),
    "true_divide": (
        "Something was divided by 0: 0/0 is NaN, anything else ±∞.",
        "Add a small number to the denominator, or use `ops.divide_no_nan`. A mean over an empty "
        "selection and a norm of zeros are the usual places.",
    ),
    "reciprocal": ("1/0 is ∞.", "Add a small number to the denominator."),
    "power": (
        "A negative number to a broken power is NaN, and 0 to a negative one ∞; large powers "
        "overflow.",
        "Clip the base to positive numbers.",
    ),
    "exp": (
        "exp(x) is larger than its dtype can hold: above 88.7 in float32, 11.1 in float16.",
        "Use softmax, logsumexp or a loss from logits, which subtract the maximum; or clip x.",
    ),
    "matmul": (
        "The sums of products have grown beyond what the dtype can hold, or ∞ met -∞ or 0.",
        "Weights or activations explode: lower the learning rate, scale the inputs, or clip "
        "gradients (`clipnorm=1.0`).",
    ),
}
REASONS["log2"] = REASONS["log10"] = REASONS["log"]
REASONS["expm1"] = REASONS["exp2"] = REASONS["cosh"] = REASONS["sinh"] = REASONS["exp"]
for _name in ("arccos", "arcsin", "arctanh"):
    REASONS[_name] = (
        f"{_name} is defined from -1 to 1 only.",
        "Clip its input: `ops.clip(x, -1 + 1e-7, 1 - 1e-7)`.",
    )
OVERFLOW = (
    "Values have grown beyond what the dtype can hold, or ∞ was subtracted from ∞ or multiplied by "
    "0.",
    "Look at the inputs above: lower the learning rate, scale the inputs, or clip gradients.",
)
TRAP = (
    "This is the trap of `where`: the branch that was not chosen is computed all the same, and on "
    "the way back its gradient is 0 · ∞ = NaN.",
    "Make the input harmless before the op, not its result after it: "
    "`safe = ops.where(ok, x, 1.0)`, then `ops.where(ok, f(safe), 0.0)`.",
)
GIVEN = (
    "It was not computed: it came in with the {given}.",
    "Look for such values in the data, `np.isfinite(x).all()`, and at how it was scaled: dividing "
    "by a standard deviation of 0 makes them. Weights get it from an earlier step.",
)


class NonFiniteError(RuntimeError):
    """A value is NaN or infinite. `.report` says where it comes from."""

    def __init__(self, report):
        super().__init__(report.text())
        self.report = report


class NonFiniteReport(View):
    """The origin of the first value that is no finite number.

    Attributes:
        op: The name of the primitive that made it.
        phase: "forward", or "backward": in the rule of `op`.
        layer: The names of the layers around it, joined by "/".
        line: File and number of the user's line, or None.
        value: The array with the bad values: a result, or what was given.
        inputs: What the op computed with.
        rule: In the backward pass: the primitive within the rule.
        given: None, or what brought the value in, where no op made it.
        hidden_by: The op that first turned it into a finite value, or None.
        reached: What it has got into: "the loss", a variable, a gradient.
        trap: Whether it is the trap of `where`.
    """

    figure_size = (7.2, 3.2)

    def __init__(
        self, op, phase, layer, line, value, *, inputs=(), names=(), rule=None, given=None
    ):
        self.op, self.phase, self.layer, self.line = op, phase, layer, line
        self.inputs, self.rule, self.value, self.given = inputs, rule, value, given
        self._names = names
        self.hidden_by = self.reached = None
        self.trap = self.only_compiled = False

    @property
    def bad(self):
        """A mask of the values that are no finite numbers."""
        return ~np.isfinite(_floats(self.value))

    @property
    def index(self):
        """Where the first of them is."""
        return tuple(map(int, np.argwhere(self.bad)[0]))

    @property
    def rows(self):
        """The places along the first axis (samples of the batch) that have such values."""
        bad = self.bad
        if not bad.ndim:
            return []
        return np.flatnonzero(bad.reshape(len(bad), -1).any(axis=1)).tolist()

    def text(self):
        bad = self.bad
        name = str(_floats(self.value)[self.index])
        if self.only_compiled:
            return (
                f"The compiled step ends in {name}, but the same step in Python does not: its "
                "values are at the edge of what the dtype can hold, where rounding decides. Train "
                "with jit_compile=False to look at them, or lower the learning rate."
            )
        if self.given:
            lines = [f"The first value that is no finite number: {name}, first used by {self.op}"]
        else:
            lines = [f"The first value that is no finite number: {name}, made by {self.op}"]
        lines[0] += " in the forward pass." if self.phase == "forward" else " in the backward pass"
        if self.phase == "backward":
            inner = f", by {self.rule} within its rule" if self.rule != self.op else ""
            lines[0] += f" (its gradient{inner})."
        if self.layer:
            lines.append(f"  layer   {self.layer}")
        if self.line:
            lines.append(f"  line    {described(self.line)}")
        lines.append(f"  where   {int(bad.sum())} of {bad.size} values of shape {bad.shape}")
        if self.rows:
            lines[-1] += f"; rows {_listed(self.rows)} of {len(bad)}"
        lines += [f"  input   {one}" for one in self._described_inputs()]
        if self.hidden_by:
            lines.append(f"  hidden  from the results by {self.hidden_by}")
        if self.reached:
            lines.append(f"  reached {self.reached}")
        why, remedy = self.reason()
        return "\n".join([*lines, f"Why: {why}", f"What to do: {remedy}"])

    def reason(self):
        """Why it came about, and what helps."""
        if self.trap:
            return TRAP
        if self.given:
            why, remedy = GIVEN
            given = "inputs, the data" if self.given == "an input" else self.given
            given = "value that was assigned" if self.given == "it" else given
            return why.format(given=given.removeprefix("the ")), remedy
        return REASONS.get(self.op, OVERFLOW)

    def _described_inputs(self):
        for number, x in enumerate(self.inputs):
            array = np.asarray(x)
            name = self._names[number] if len(self._names) == len(self.inputs) else f"{number}"
            if array.dtype.kind not in "fVciub" or not array.size:
                continue
            numbers = _floats(array) if array.dtype.kind in "fV" else array
            try:
                here = np.broadcast_to(numbers, self.value.shape)[self.index]
                at = f" at [{', '.join(map(str, self.index))}]" if self.index else ""
                yield f"{name} = {here:.6g}{at}"
            except ValueError:
                finite = numbers[np.isfinite(numbers)]
                span = (
                    f"{finite.min():.4g} … {finite.max():.4g}" if finite.size else "no finite one"
                )
                yield f"{name} of shape {array.shape}, values {span}"

    def _draw(self, figure):
        from matplotlib.colors import ListedColormap
        from matplotlib.patches import Patch

        axes = figure.subplots()
        values = _floats(self.value)
        grid = values.reshape(len(values), -1) if values.ndim else values.reshape(1, 1)
        grid = grid[:64, :128]
        kinds = np.where(np.isnan(grid), 2, np.where(np.isinf(grid), 1, 0))
        axes.imshow(
            kinds,
            cmap=ListedColormap([FINITE, WARN, BAD]),
            vmin=0,
            vmax=2,
            aspect="auto",
            interpolation="nearest",
        )
        bare(axes)
        if grid.shape[0] <= 32:
            rows = sorted(set(self.rows))
            axes.set_yticks(rows, [f"row {row}" for row in rows], color=INK)
        where = f" in {self.layer}" if self.layer else ""
        axes.set_title(f"{self.op}{where}, {self.phase}", loc="left", color=INK, fontweight="bold")
        patches = [
            Patch(color=colour, label=label)
            for label, colour in (("finite", FINITE), ("infinite", WARN), ("NaN", BAD))
        ]
        axes.legend(
            handles=patches, loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, fontsize=9
        )
        axes.set_xlabel(self.reason()[0], color=MUTED, wrap=True)


def _floats(array):
    return np.asarray(array, np.float32) if array.dtype.kind == "V" else np.asarray(array)


def _listed(rows):
    shown = ", ".join(map(str, rows[:8]))
    return shown + (", …" if len(rows) > 8 else "")
