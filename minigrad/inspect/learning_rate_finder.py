"""lr_find: which learning rates a model learns with, by trying them all in one short training."""

from contextlib import contextmanager

import numpy as np

from minigrad.inspect.undisturbed import length_of, rows_of, undisturbed
from minigrad.inspect.view import ACCENT, GOOD, INK, MUTED, WARN, View, tidy
from minigrad.variable import Variable


class LearningRates(View):
    """Losses by learning rate.

    Attributes:
        rates: The learning rates, rising.
        losses: The loss of the batch that each was tried on.
        smooth: The same, averaged over neighbours.
        suggestion: A rate to begin with: the smaller of that at which the loss falls fastest and a
            tenth of that at which it is lowest. None if it never falls.
        current: The learning rate that the model has.
    """

    figure_size = (7.2, 4.2)

    def __init__(self, rates, losses, current):
        self.rates, self.losses, self.current = np.array(rates), np.array(losses), current
        self.smooth = _averaged(self.losses)
        self.suggestion = self._steepest()

    def _steepest(self):
        lowest = int(np.argmin(self.smooth))
        if lowest < 4 or self.smooth[lowest] > 0.98 * self.smooth[0]:
            return None
        slopes = np.gradient(self.smooth[: lowest + 1], np.log(self.rates[: lowest + 1]))
        # Where the loss is lowest it is about to explode: a tenth of that is safe.
        return float(min(self.rates[int(np.argmin(slopes))], self.rates[lowest] / 10))

    def text(self):
        if self.suggestion is None:
            return (
                f"The loss falls at no learning rate from {self.rates[0]:.1g} to "
                f"{self.rates[-1]:.1g}. "
                "Look at data, loss and labels: `inspect.health_report(model, x, y)`."
            )
        lines = [
            f"Begin with a learning rate of {self.suggestion:.1e}.",
            f"The loss is lowest at {self.rates[int(np.argmin(self.smooth))]:.1e}, tried up to "
            f"{self.rates[-1]:.1e}.",
        ]
        if self.current is not None:
            factor = self.suggestion / self.current
            if factor > 5:
                lines.append(f"Yours is {self.current:.1e}: about {factor:.0f} × too small.")
            elif factor < 1 / 5:
                lines.append(f"Yours is {self.current:.1e}: about {1 / factor:.0f} × too large.")
            else:
                lines.append(f"Yours is {self.current:.1e}: fine.")
        return "\n".join(lines)

    def _draw(self, figure):
        axes = figure.subplots()
        axes.plot(self.rates, self.losses, color=MUTED, alpha=0.35, linewidth=1)
        axes.plot(self.rates, self.smooth, color=ACCENT, linewidth=2.4)
        axes.set_xscale("log")
        low, high = self.smooth.min(), self.smooth[: max(len(self.smooth) // 2, 1)].max()
        room = max(high - low, 1e-6)
        axes.set_ylim(low - 0.15 * room, high + 0.6 * room)
        top = high + 0.5 * room
        for rate, label, colour in (
            (self.suggestion, "begin here", GOOD),
            (self.current, "yours", WARN),
        ):
            if rate is not None and self.rates[0] <= rate <= self.rates[-1]:
                height = np.interp(np.log(rate), np.log(self.rates), self.smooth)
                axes.axvline(rate, color=colour, linewidth=1.2, linestyle="--")
                axes.scatter([rate], [height], color=colour, s=70, zorder=3)
                where = top if colour == GOOD else top - 0.14 * room
                axes.text(
                    rate,
                    where,
                    f" {label}: {rate:.1e}",
                    color=colour,
                    va="center",
                    fontweight="bold",
                )
        axes.set_xlabel("learning rate")
        axes.set_ylabel("loss of a batch")
        axes.set_title("Which learning rate?", loc="left", color=INK, fontweight="bold")
        tidy(axes, "both")


def _averaged(losses, memory=0.9):
    """An exponential average, without the pull towards 0 of its first values."""
    total, smooth = 0.0, []
    for step, loss in enumerate(losses, 1):
        total = memory * total + (1 - memory) * loss
        smooth.append(total / (1 - memory**step))
    return np.array(smooth)


def lr_find(model, x, y, *, low=1e-6, high=10.0, steps=100, batch_size=32, seed=0):
    """Try learning rates from low to high, a batch each, and tell with which one to begin.

    The model is trained with a learning rate that grows from batch to batch, until the loss
    explodes; then everything is put back.

    Args:
        model: A compiled model.
        x, y: Data to train on.
        low, high: The range of learning rates.
        steps: How many to try, in equal ratios.
        batch_size: Samples in a batch.
        seed: Of the order of the samples.

    Returns:
        LearningRates. The model, its optimizer and its seeds stay as they were.

    Raises:
        ValueError: the model is not compiled.

    Source: Smith 2015, Cyclical learning rates, https://arxiv.org/abs/1506.01186, section 3.3.
    """
    if not getattr(model, "compiled", False):
        raise ValueError(
            "lr_find: the model needs an optimizer and a loss. Call `model.compile(...)` first. "
            f"Received: model={getattr(model, 'name', model)!r}"
        )
    if not (model.built and model.optimizer.built):
        model._symbolic_build(data_batch=(rows_of(x, slice(0, 2)), rows_of(y, slice(0, 2)), None))
    rng = np.random.default_rng(seed)
    size = length_of(x)
    order = np.concatenate([rng.permutation(size) for _ in range(1 + steps * batch_size // size)])
    rates, losses = [], []
    with undisturbed(model), _settable(model) as (rate_of, current):
        for step, rate in enumerate(np.geomspace(low, high, steps)):
            rows = order[step * batch_size : (step + 1) * batch_size]
            rate_of.assign(rate)
            logs = model.train_on_batch(rows_of(x, rows), rows_of(y, rows), return_dict=True)
            loss = logs["loss"]
            if not np.isfinite(loss) or (step > 10 and loss > 4 * min(losses) + 1e-3):
                break
            rates.append(float(rate))
            losses.append(float(loss))
    if not losses:
        raise ValueError(
            "lr_find: the loss of the first batch is no finite number. Look for it with "
            f"`inspect.nan_watch()`. Received: loss={loss}"
        )
    return LearningRates(rates, losses, current)


@contextmanager
def _settable(model):
    """(the learning rate as a Variable, its value now); a schedule is put aside meanwhile."""
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    original, function = optimizer._learning_rate, model.train_function
    current = float(optimizer.learning_rate)
    if isinstance(original, Variable):
        yield original, current
        return
    rate = Variable(current, trainable=False, name="learning_rate")
    try:
        vars(optimizer)["_learning_rate"] = rate
        object.__setattr__(model, "train_function", None)
        yield rate, current
    finally:
        vars(optimizer)["_learning_rate"] = original
        object.__setattr__(model, "train_function", function)
