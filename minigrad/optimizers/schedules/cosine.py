"""Learning rates along a cosine: slow at first, fast, slow again at the end.

Source: Loshchilov and Hutter 2017, "SGDR", https://arxiv.org/abs/1608.03983.
"""

from math import pi

from minigrad import ops
from minigrad.optimizers.schedules.schedule import LearningRateSchedule, check_steps


class CosineDecay(LearningRateSchedule):
    """From the initial rate down to `alpha` times it, along half a period of a cosine.

    Args:
        initial_learning_rate: The rate at the beginning.
        decay_steps: How many steps the way down takes.
        alpha: What part of the rate is left at the end.
        name: Its name.
        warmup_target: If not None, the rate first rises to this on a line, in `warmup_steps` steps,
            and comes down from there.
        warmup_steps: See above.

    Raises ValueError unless decay_steps > 0.

    >>> round(float(CosineDecay(0.1, decay_steps=10)(5)), 4)
    0.05
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        alpha=0.0,
        name="CosineDecay",
        warmup_target=None,
        warmup_steps=0,
    ):
        check_steps("decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        initial = ops.convert_to_tensor(self.initial_learning_rate)
        step = ops.cast(step, initial.dtype)
        if self.warmup_target is None:
            return self._fall(step, initial)
        rise = initial + (self.warmup_target - initial) * (step / self.warmup_steps)
        top = ops.cast(self.warmup_target, initial.dtype)
        fall = self._fall(step - self.warmup_steps, top)
        return ops.where(step < self.warmup_steps, rise, fall)

    def _fall(self, step, top):
        t = ops.minimum(step, float(self.decay_steps)) / self.decay_steps
        return top * ((1 - self.alpha) * 0.5 * (1.0 + ops.cos(pi * t)) + self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    """Down along half a period of a cosine, then up at once and down again, over and over.

    Args:
        initial_learning_rate: The rate at the beginning.
        first_decay_steps: How many steps the first way down takes.
        t_mul: How much longer each way is than the last.
        m_mul: How much higher each begins.
        alpha: What part of the initial rate is left at the end of each.
        name: Its name.

    Raises ValueError unless first_decay_steps > 0.

    >>> schedule = CosineDecayRestarts(0.1, first_decay_steps=10)
    >>> [round(float(schedule(step)), 4) for step in (0, 5, 10, 20)]
    [0.1, 0.05, 0.1, 0.05]
    """

    def __init__(
        self,
        initial_learning_rate,
        first_decay_steps,
        t_mul=2.0,
        m_mul=1.0,
        alpha=0.0,
        name="SGDRDecay",
    ):
        check_steps("first_decay_steps", first_decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def __call__(self, step):
        initial = ops.convert_to_tensor(self.initial_learning_rate)
        dtype = initial.dtype
        t = ops.cast(step, dtype) / self.first_decay_steps
        if self.t_mul == 1.0:
            restarts = ops.floor(t)
            t = t - restarts
        else:
            # After i restarts (q^i - 1) / (q - 1) first periods are over, q = t_mul.
            q = ops.cast(self.t_mul, dtype)
            restarts = ops.floor(ops.log(1.0 - t * (1.0 - q)) / ops.log(q))
            length = ops.power(q, restarts)
            t = (t - (1.0 - length) / (1.0 - q)) / length
        height = ops.power(ops.cast(self.m_mul, dtype), restarts)
        fall = 0.5 * height * (1.0 + ops.cos(pi * t))
        return initial * ((1 - self.alpha) * fall + self.alpha)
