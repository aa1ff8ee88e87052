"""RMSprop."""

from minigrad import ops
from minigrad.kernels import optimizers as kernels
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
        self._momentums, self._average_gradients = [], []
        if self.momentum > 0:
            self._momentums = self.add_optimizer_variables(variables, "momentum")
        if self.centered:
            self._average_gradients = self.add_optimizer_variables(variables, "average_gradient")

    def update_step(self, gradient, variable, learning_rate):
        g, lr = self._cast(variable, gradient, learning_rate)
        rho = self.rho

        (v,) = self._slots(variable, self._velocities)
        v.assign(rho * v + (1 - rho) * ops.square(g))
        variance = v
        if self.centered:
            (mean,) = self._slots(variable, self._average_gradients)
            mean.assign(rho * mean + (1 - rho) * g)
            variance = v - ops.square(mean)
        step = lr * g / ops.sqrt(variance + self.epsilon)
        if self.momentum > 0:
            (m,) = self._slots(variable, self._momentums)
            m.assign(self.momentum * m + step)
            step = m
        variable.assign_sub(step)

    def _fused_kernel(self, learning_rate, dtype):
        lr = float(learning_rate)
        if self.momentum > 0 and self.centered:
            state = self._velocities, self._average_gradients, self._momentums
            return kernels.rmsprop_centered, (lr, self.rho, self.momentum, self.epsilon), state
        if self.momentum > 0:
            state = self._velocities, self._momentums
            return kernels.rmsprop_momentum, (lr, self.rho, self.momentum, self.epsilon), state
        if self.centered:  # the kernel wants momentums
            return None
        return kernels.rmsprop, (lr, self.rho, self.epsilon), (self._velocities,)
