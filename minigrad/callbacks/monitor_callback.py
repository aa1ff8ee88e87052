"""What callbacks share that watch one of the logs for improvement."""

import warnings

from minigrad import ops
from minigrad.callbacks.callback import Callback


class MonitorCallback(Callback):
    """Base of callbacks that watch a quantity and know what an improvement of it is.

    Args:
        monitor: The name of the quantity in the logs.
        mode: "min" or "max": whether small or large is good; "auto" asks the metric of that name.
        baseline: The value to improve on first.
        min_delta: How much better is better.

    >>> watch = MonitorCallback("accuracy", mode="max", min_delta=0.01)
    >>> watch._set_monitor_op()
    >>> bool(watch._is_improvement(0.95, 0.9))
    True
    """

    def __init__(self, monitor="val_loss", mode="auto", baseline=None, min_delta=0):
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{type(self).__name__} mode '{mode}' is unknown, fallback to auto mode.",
                stacklevel=3,
            )
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.best = baseline
        self.min_delta = abs(min_delta)
        self.monitor_op = None

    def _set_monitor_op(self):
        """Find out which way is up; possible only when the metrics of the model are built."""
        self.monitor_op = {"min": ops.less, "max": ops.greater}.get(self.mode) or self._direction()
        if self.monitor_op is None:
            raise ValueError(
                f"{type(self).__name__} callback received monitor={self.monitor}, but it can't be "
                "determined whether that metric should be maximized or minimized. Pass "
                "`mode='max'` where the highest value is the best, `mode='min'` where the lowest "
                f"is. Received: mode={self.mode!r}"
            )
        if self.monitor_op is ops.less:
            self.min_delta = -self.min_delta

    def _direction(self):
        name = self.monitor.removeprefix("val_")
        found = ops.less if name == "loss" else None
        for group in getattr(self.model, "metrics", ()):
            for metric in getattr(group, "metrics", ()):
                direction = getattr(metric, "_direction", None)
                if metric.name == name and direction is not None:
                    found = ops.greater if direction == "up" else ops.less
        return found

    def _is_improvement(self, monitor_value, reference_value):
        if reference_value is None:
            return True
        return self.monitor_op(monitor_value - self.min_delta, reference_value)
