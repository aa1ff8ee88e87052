"""Execution: one step, or several in a row, between two calls of callbacks."""

import numpy as np

from minigrad import tree
from minigrad.autograd.tensor import wrap
from minigrad.compile.step import compile, owned
from minigrad.distribution.active import distribution


class Execution:
    """Runs a step on each of a list of batches, which may be views of the user's arrays.

    A step that the user can see gets a copy of such a batch: it may keep what it gets.

    Args:
        step: `train_step`, `test_step` or `predict_step` of a model.
        combine: What becomes of the results of several batches.
        jit_compile: Whether to compile the step: "auto" (where that is possible), True or False.
    """

    def __init__(self, step, combine, jit_compile):
        self.run = runner(step, jit_compile)
        self.combine = combine
        self._model = getattr(step, "__self__", None)

    def __call__(self, batches):
        run = self.run
        if distribution() is not None and self.combine is last:  # predictions are not shared out
            run = self._run_on_part
        if len(batches) == 1:
            return run(batches[0])
        return self.combine([run(batch) for batch in batches])

    def _run_on_part(self, batch):
        metrics = getattr(self._model, "metrics_variables", ())
        return distribution().run_on_part(self.run, batch, metrics)


def runner(step, jit_compile):
    """What runs a step. The one place where that is chosen."""
    if jit_compile:
        return compile(step, fallback=jit_compile == "auto", borrowed=True)
    return lambda batch: step(owned(batch))


def last(results):
    """The logs of the last step: metrics count from the beginning of the epoch anyhow."""
    return results[-1]


def concatenate(results):
    """Predictions for several batches as one."""
    return tree.map_structure(
        lambda *parts: wrap(np.concatenate([np.asarray(part) for part in parts])), *results
    )
