"""precision_report: which gradients float16 and bfloat16 lose, and what the loss scale saves."""

import ml_dtypes
import numpy as np

from minigrad import ops
from minigrad.autograd import GradientTape
from minigrad.inspect.dtype_flow import arrow, rows_of
from minigrad.inspect.layer_dtypes import in_float32, leaves, watched
from minigrad.inspect.precision_picture import draw
from minigrad.inspect.undisturbed import undisturbed
from minigrad.inspect.view import View, table
from minigrad.training.data.adapter import as_batch

FORMATS = {"float16": np.dtype(np.float16), "bfloat16": np.dtype(ml_dtypes.bfloat16)}
FIRST_SCALE = 2.0**15
TOO_MANY = 0.1


class Loss:
    """What a format loses of some numbers, as shares of all of them.

    Attributes:
        zero: Shares that become zero and were not.
        subnormal: That keep fewer digits, being below the normal range.
        overflow: That become infinite.
        nan: That were not finite to begin with.
    """

    def __init__(self, values, dtype, scale):
        kind = FORMATS[dtype]
        info = ml_dtypes.finfo(kind)
        finite = np.isfinite(values)
        with np.errstate(all="ignore"):
            scaled = values.astype(np.float64) * scale
            stored = np.abs(scaled.astype(np.float32).astype(kind).astype(np.float64))
        count = max(values.size, 1)
        self.zero = int(np.sum((stored == 0) & (values != 0))) / count
        tiny = (stored > 0) & (stored < float(info.smallest_normal))
        self.subnormal = int(np.sum(tiny)) / count
        self.overflow = int(np.sum(np.isinf(stored) & finite)) / count
        self.nan = int(np.sum(~finite)) / count


class Row:
    """The losses of one array of gradients.

    Attributes:
        name: The path of the weight, or of the layer whose output it is the gradient of.
        kind: "weight" or "output".
        exponents: How many values have which exponent of two: {exponent: count}.
        losses: A Loss by (dtype, "plain" or "scaled").
    """

    def __init__(self, name, kind, values, scale):
        self.name, self.kind = name, kind
        values = np.asarray(values, np.float32).reshape(-1)
        there = np.abs(values[(values != 0) & np.isfinite(values)])
        found, counts = np.unique(np.frexp(there)[1] - 1, return_counts=True)
        self.exponents = dict(zip(found.tolist(), counts.tolist(), strict=True))
        self.losses = {
            (dtype, how): Loss(values, dtype, by)
            for dtype in FORMATS
            for how, by in (("plain", 1.0), ("scaled", scale))
        }


def precision_report(model, batch, loss_scale=None):
    """What float16 and bfloat16 lose of the gradients of a model, layer by layer.

    The gradients are computed in float32, whatever the policies of the layers, and then looked at
    as each format would store them, with and without the loss scale. The model stays as it is.

    Args:
        model: A model that was compiled with a loss.
        batch: `(x, y)` or `(x, y, sample_weight)`, as `train_on_batch` takes them.
        loss_scale: A number; None: that of the model's optimizer, or 2¹⁵, where
            `LossScaleOptimizer` begins.

    Returns:
        A PrecisionReport: print it, or `plot` it.

    Raises ValueError for a model without a loss, or a batch that is no tuple.

    Source: Micikevicius et al. 2018, https://arxiv.org/abs/1710.03740, section 3.2.
    """
    if getattr(model, "optimizer", None) is None:
        raise ValueError(
            "precision_report: the model must have been compiled with a loss and an optimizer. "
            f"Call `model.compile(...)` first. Received: model={model}"
        )
    if not isinstance(batch, tuple) or len(batch) not in (2, 3):
        raise ValueError(
            "precision_report: the batch must be (x, y) or (x, y, sample_weight). "
            f"Received: batch={type(batch).__name__}"
        )
    x, y, *rest = as_batch(batch)
    weight = rest[0] if rest else None
    if not model.built:
        model(x)
    scale = _scale_of(model) if loss_scale is None else float(loss_scale)
    layers = leaves(model)
    with undisturbed(model):
        with watched(layers) as seen:
            model(x, training=True)
        flow = rows_of(seen)
        variables = model.trainable_variables
        with in_float32(model._flatten_layers()), watched(layers) as seen, GradientTape() as tape:
            loss = model.compute_loss(x, y, model(x, training=True), weight)
            outputs = [
                (one.layer, out) for one in seen for out in one.outputs if out._record is not None
            ]
        sources = [*variables, *(out for _, out in outputs)]
        gradients = tape.gradient(ops.cast(loss, "float32"), sources)
    names = [(v.path, "weight") for v in variables]
    names += [(layer.path or layer.name, "output") for layer, _ in outputs]
    rows = [
        Row(name, kind, g, scale)
        for (name, kind), g in zip(names, gradients, strict=True)
        if g is not None
    ]
    return PrecisionReport(rows, flow, scale)


def _scale_of(model):
    optimizer = model.optimizer
    if hasattr(optimizer, "dynamic_growth_steps"):
        return float(optimizer.dynamic_scale if optimizer.built else optimizer.initial_scale)
    return float(optimizer.loss_scale_factor or FIRST_SCALE)


class PrecisionReport(View):
    """What `precision_report` found.

    Attributes:
        rows: A Row for each weight's gradient, then for each layer's output.
        flow: (layer, input, compute, variable, output): the dtypes as the policies have them.
        scale: The loss scale.
        findings: In words: what would go wrong, and what helps.
    """

    figure_size = (9.0, 6.4)

    def __init__(self, rows, flow, scale):
        self.rows, self.flow, self.scale = rows, flow, scale
        self.findings = [*self._findings()]

    def _findings(self):
        for dtype in FORMATS:
            for how, words in (("plain", "without loss scale"), ("scaled", "with it")):
                lost = [r for r in self.rows if r.losses[dtype, how].zero > TOO_MANY]
                if lost:
                    worst = max(lost, key=lambda r: r.losses[dtype, how].zero)
                    yield (
                        f"{dtype}, {words}: more than a tenth of the values underflow to zero in "
                        f"{len(lost)} of {len(self.rows)} gradients, most in {worst.name} "
                        f"({worst.losses[dtype, how].zero:.0%}). "
                        + ("Use LossScaleOptimizer." if how == "plain" else "Use mixed_bfloat16.")
                    )
                over = [r for r in self.rows if r.losses[dtype, how].overflow]
                if over:
                    yield (
                        f"{dtype}, {words}: {len(over)} gradients overflow, {over[0].name} among "
                        "them. "
                        + (
                            "LossScaleOptimizer leaves such a step out and halves the scale."
                            if how == "scaled"
                            else "Lower the loss, or use mixed_bfloat16."
                        )
                    )
        broken = [r.name for r in self.rows if r.losses["float16", "plain"].nan]
        if broken:
            yield f"Not finite even in float32: {', '.join(broken[:3])}. `nan_watch` finds the op."

    def text(self):
        head = ["gradient", "of"]
        for dtype in FORMATS:
            short = {"float16": "f16", "bfloat16": "bf16"}[dtype]
            head += [f"{short} zero", "subn.", "over", f"×scale {short} zero", "subn.", "over"]
        rows = [[*head, "NaN"]]
        for row in self.rows:
            cells = [row.name, row.kind]
            for dtype in FORMATS:
                for how in ("plain", "scaled"):
                    one = row.losses[dtype, how]
                    cells += [_percent(x) for x in (one.zero, one.subnormal, one.overflow)]
            rows.append([*cells, _percent(row.losses["float16", "plain"].nan)])
        lines = table(rows, right=range(2, len(rows[0])))
        lines.insert(0, f"What 16 bits lose of the gradients; the loss scale is {self.scale:g}.")
        lines += ["", *(self.findings or ["Nothing of note is lost."]), ""]
        flow = [["layer", "in", "computes", "out"]]
        flow += [[n, a + arrow(a, b), b, c] for n, a, b, _, c in self.flow]
        return "\n".join([*lines, *table(flow), "↓ ↑ mark casts to fewer and to more bits."])

    def _draw(self, figure):
        draw(figure, self.rows, self.scale)


def _percent(share):
    if not share:
        return "·"
    return "<0.1%" if share < 0.001 else f"{share:.1%}"
