"""Schedule-free AdamW: averaging in place of a falling learning rate."""

from minigrad import ops
from minigrad.optimizers.optimizer import Optimizer


class ScheduleFreeAdamW(Optimizer):
    """Adam's steps on a sequence z, of which the weights follow the mean.

    The Variables hold y, a point between z and the mean of all z so far.

    Args:
        learning_rate: About how far a step moves z; it need not fall.
        beta_1: How near y is to the mean.
        beta_2: What part of the mean squared gradient a step leaves.
        epsilon: Keeps the division finite.
        warmup_steps: In so many steps the learning rate rises from 0.
        kwargs: See Optimizer.

    Source: Defazio et al. 2024, https://arxiv.org/abs/2405.15682, algorithm 1.
    """

    def __init__(
        self,
        learning_rate=0.0025,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        warmup_steps=0,
        **kwargs,
    ):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.warmup_steps = warmup_steps

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(
            variables, ["momentum", "velocity"]
        )
        for z, variable in zip(self._momentums, variables):
            if z is not None:
                z.assign(variable.value)

    def update_step(self, gradient, variable, learning_rate):
        g, lr, beta_2 = self._cast(variable, gradient, learning_rate, self.beta_2)
        z, v = self._slots(variable, self._momentums, self._velocities)
        t = self._step_number(variable.dtype)
        beta_1 = self.beta_1
        if self.warmup_steps > 0:
            lr = lr * ops.minimum(t / self.warmup_steps, 1.0)

        x = (variable - (1 - beta_1) * z) / beta_1  # the mean so far, out of y
        v.assign_add((ops.square(g) - v) * (1 - self.beta_2))
        v_hat = v / (1 - ops.power(beta_2, t))
        z.assign_sub(lr * g / (ops.sqrt(v_hat) + self.epsilon))
        x = (1 - 1 / t) * x + z / t
        variable.assign((1 - beta_1) * z + beta_1 * x)
