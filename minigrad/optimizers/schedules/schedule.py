"""LearningRateSchedule: a learning rate that depends on the number of steps taken."""

from minigrad.saving.configurable import Configurable


class LearningRateSchedule(Configurable):
    """A function of the step: `schedule(step)` is the learning rate then.

    A subclass implements `__call__`; its config comes from its constructor's arguments.

    >>> from minigrad import ops
    >>> class Halving(LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.5 ** ops.cast(step, "float32")
    >>> float(Halving()(2))
    0.25
    """

    def __call__(self, step):
        raise NotImplementedError(
            f"Learning rate schedule '{type(self).__name__}' must override `__call__(self, step)`."
        )


def check_steps(name, steps):
    """A ValueError unless there is a positive number of steps."""
    if steps <= 0:
        raise ValueError(f"Argument `{name}` must be > 0. Received: {name}={steps}")
