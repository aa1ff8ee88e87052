"""Lion: steps of equal length for every weight."""

from minigrad import ops
from minigrad.optimizers.optimizer import Optimizer


class Lion(Optimizer):
    """Steps of the learning rate's length, up or down by the sign of the mean gradient.

    Args:
        learning_rate: How far a step moves each weight.
        beta_1: How much the mean gradient counts against the present one in the sign.
        beta_2: What part of the mean gradient a step leaves.
        kwargs: See Optimizer.

    Raises ValueError unless 0 < beta_1 ≤ 1.

    Source: Chen et al. 2023, https://arxiv.org/abs/2302.06675, algorithm 2.
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.99, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        if beta_1 <= 0 or beta_1 > 1:
            raise ValueError(
                "Argument `beta_1` must be in the [0, 1] range. Otherwise, the optimizer "
                f"degenerates to SignSGD. Received: beta_1={beta_1}."
            )
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient, variable, learning_rate):
        g, lr = self._cast(variable, gradient, learning_rate)
        (m,) = self._slots(variable, self._momentums)

        variable.assign_sub(lr * ops.sign(self.beta_1 * m + (1 - self.beta_1) * g))
        m.assign(self.beta_2 * m + (1 - self.beta_2) * g)
