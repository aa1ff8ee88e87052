"""Adamax: Adam with the greatest gradient in place of the root of the mean square."""

from minigrad import ops
from minigrad.optimizers.optimizer import Optimizer


class Adamax(Optimizer):
    """Steps along the mean gradient, divided by a fading maximum of its magnitude.

    Args:
        learning_rate: About how far a step moves each weight.
        beta_1: What part of the mean gradient a step leaves.
        beta_2: What part of the maximum a step leaves.
        epsilon: Keeps the division finite.
        kwargs: See Optimizer.

    Source: Kingma and Ba 2014, https://arxiv.org/abs/1412.6980, algorithm 2.
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._m, self._u = self.add_optimizer_variables(variables, ["momentum", "norm"])

    def update_step(self, gradient, variable, learning_rate):
        g, lr, beta_1 = self._cast(variable, gradient, learning_rate, self.beta_1)
        m, u = self._slots(variable, self._m, self._u)
        t = self._step_number(variable.dtype)

        m.assign_add((g - m) * (1 - self.beta_1))
        u.assign(ops.maximum(self.beta_2 * u, ops.abs(g)))
        variable.assign_sub(lr * m / ((1 - ops.power(beta_1, t)) * (u + self.epsilon)))
