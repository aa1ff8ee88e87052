"""LAMB: Adam whose steps are as long as the weights are, for large batches."""

from minigrad import ops
from minigrad.optimizers.optimizer import Optimizer


class Lamb(Optimizer):
    """Adam's direction, with a length in proportion to that of each weight tensor.

    Args:
        learning_rate: How long a step is, as a part of the length of the weights.
        beta_1: What part of the mean gradient a step leaves.
        beta_2: What part of the mean squared gradient a step leaves.
        epsilon: Keeps the division finite.
        kwargs: See Optimizer.

    Source: You et al. 2020, https://arxiv.org/abs/1904.00962, algorithm 2.
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
        self._momentums, self._velocities = self.add_optimizer_variables(
            variables, ["momentum", "velocity"]
        )

    def update_step(self, gradient, variable, learning_rate):
        g, lr, beta_1, beta_2 = self._cast(
            variable, gradient, learning_rate, self.beta_1, self.beta_2
        )
        m, v = self._slots(variable, self._momentums, self._velocities)
        t = self._step_number(variable.dtype)

        m.assign_add((g - m) * (1 - self.beta_1))
        v.assign_add((ops.square(g) - v) * (1 - self.beta_2))
        m_hat = m / (1 - ops.power(beta_1, t))
        v_hat = v / (1 - ops.power(beta_2, t))
        direction = m_hat / (ops.sqrt(v_hat) + self.epsilon)
        variable.assign_sub(_trust_ratio(variable, direction) * lr * direction)


def _trust_ratio(weights, direction):
    """|weights| / |direction|; 1 where one of them is 0."""
    weights, direction = (ops.sqrt(ops.sum(ops.square(x))) for x in (weights, direction))
    both = ops.logical_and(weights > 0, direction > 0)
    return ops.where(both, weights / ops.where(both, direction, 1.0), 1.0)
