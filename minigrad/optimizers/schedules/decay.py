"""Learning rates that fall: exponentially, as 1/t, along a polynomial, in steps."""

from minigrad import ops
from minigrad.optimizers.schedules.schedule import LearningRateSchedule, check_steps


class ExponentialDecay(LearningRateSchedule):
    """initial · decay_rate^(step / decay_steps); a `staircase` takes whole powers only.

    Raises ValueError unless decay_steps > 0.

    >>> round(float(ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)(20)), 4)
    0.025
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        decay_rate,
        staircase=False,
        name="ExponentialDecay",
    ):
        check_steps("decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step):
        initial = ops.convert_to_tensor(self.initial_learning_rate)
        t = ops.cast(step, initial.dtype) / self.decay_steps
        if self.staircase:
            t = ops.floor(t)
        return initial * ops.power(ops.cast(self.decay_rate, initial.dtype), t)


class InverseTimeDecay(LearningRateSchedule):
    """initial / (1 + decay_rate · step / decay_steps); a `staircase` goes down at whole numbers.

    Raises ValueError unless decay_steps > 0.

    >>> round(float(InverseTimeDecay(0.1, decay_steps=10, decay_rate=0.5)(20)), 4)
    0.05
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        decay_rate,
        staircase=False,
        name="InverseTimeDecay",
    ):
        check_steps("decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step):
        initial = ops.convert_to_tensor(self.initial_learning_rate)
        t = ops.cast(step, initial.dtype) / self.decay_steps
        if self.staircase:
            t = ops.floor(t)
        return initial / (1 + self.decay_rate * t)


class PolynomialDecay(LearningRateSchedule):
    """end + (initial - end) · (1 - step / decay_steps)^power, and `end` afterwards.

    With `cycle`, decay_steps is multiplied until it is not before the step: the rate rises again
    each time that it has reached the end.

    Raises ValueError unless decay_steps > 0.

    >>> round(float(PolynomialDecay(0.1, decay_steps=10, end_learning_rate=0.0)(5)), 4)
    0.05
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        end_learning_rate=0.0001,
        power=1.0,
        cycle=False,
        name="PolynomialDecay",
    ):
        check_steps("decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step):
        initial = ops.convert_to_tensor(self.initial_learning_rate)
        step = ops.cast(step, initial.dtype)
        if self.cycle:
            cycles = ops.maximum(ops.ceil(step / self.decay_steps), 1.0)
            t = step / (self.decay_steps * cycles)
        else:
            t = ops.minimum(step, float(self.decay_steps)) / self.decay_steps
        return (initial - self.end_learning_rate) * ops.power(
            1 - t, self.power
        ) + self.end_learning_rate


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[0] up to and including step boundaries[0], then values[1] up to boundaries[1], ….

    Raises ValueError unless there is one value more than boundaries.

    >>> schedule = PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.1])
    >>> [round(float(schedule(step)), 1) for step in (10, 11, 21)]
    [1.0, 0.5, 0.1]
    """

    def __init__(self, boundaries, values, name="PiecewiseConstant"):
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "The length of boundaries should be 1 less than the length of values. "
                f"Received: boundaries={boundaries} of length {len(boundaries)}, and "
                f"values={values} of length {len(values)}."
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step):
        step = ops.convert_to_tensor(step)
        dtype = ops.convert_to_tensor(self.values[0]).dtype
        *values, rate = [ops.cast(value, dtype) for value in self.values]
        for boundary, value in reversed(list(zip(self.boundaries, values))):
            rate = ops.where(step <= ops.cast(boundary, step.dtype), value, rate)
        return rate
