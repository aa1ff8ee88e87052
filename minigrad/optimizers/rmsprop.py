"""RMSprop."""

from minigrad import ops
from minigrad.optimizers.optimizer import Optimizer


class RMSprop(Optimizer):
    """Steps along the gradient, divided by the root of its mean square.

    Args:
        learning_rate: About how far a step moves each weight.
        rho: What part of the mean square a step leaves.
        momentum: What part of the last step is taken again.
        epsilon: Keeps the division finite.
        centered: Whether to divide by the standard deviation instead: by the mean square less the
            squared mean.
        kwargs: See Optimizer.

    Source: Tieleman and Hinton 2012, "Neural networks for machine learning", lecture 6.5; Graves
    2013, https://arxiv.org/abs/1308.0850, eq. 38-45, for the centered form.
    """

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.9,
        momentum=0.0,
        epsilon=1e-7,
        centered=False,
        **kwargs,
    ):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._velocities = self.add_optimizer_variables(variables, "velocity")
        self._momentums = self._average_gradients = []
        if self.momentum > 0:
            self._momentums = self.add_optimizer_variables(variables, "momentum")
        if self.centered:
            self._average_gradients = self.add_optimizer_variables(variables, "average_gradient")

    def update_step(self, gradient, variable, learning_rate):
        index, dtype = self._get_variable_index(variable), variable.dtype
        g = ops.cast(gradient, dtype)
        lr = ops.cast(learning_rate, dtype)
        rho = self.rho

        v = self._velocities[index]
        v.assign(rho * v + (1 - rho) * ops.square(g))
        variance = v
        if self.centered:
            mean = self._average_gradients[index]
            mean.assign(rho * mean + (1 - rho) * g)
            variance = v - ops.square(mean)
        step = lr * g / ops.sqrt(variance + self.epsilon)
        if self.momentum > 0:
            m = self._momentums[index]
            m.assign(self.momentum * m + step)
            step = m
        variable.assign_sub(step)
