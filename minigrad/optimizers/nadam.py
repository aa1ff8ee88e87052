"""Nadam: Adam with Nesterov's momentum."""

from minigrad import ops, settings
from minigrad.optimizers.optimizer import Optimizer
from minigrad.variable import Variable


class Nadam(Optimizer):
    """Adam that looks one step ahead.

    Args:
        learning_rate: About how far a step moves each weight.
        beta_1: What part of the mean gradient a step leaves; less in the first steps.
        beta_2: What part of the mean squared gradient a step leaves.
        epsilon: Keeps the division finite.
        kwargs: See Optimizer.

    Source: Dozat 2016, https://cs229.stanford.edu/proj2015/054_report.pdf.
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
        dtype = variables[0].dtype if variables else settings.floatx()
        # The product of all momentums so far, u_1 … u_t.
        self._u_product = Variable(1.0, dtype=dtype, trainable=False)

    def _update(self, gradients, variables):
        dtype = self._u_product.dtype
        self._u_product.assign(self._u_product * self._momentum_at(self._step_number(dtype)))
        super()._update(gradients, variables)

    def _momentum_at(self, t):
        """u_t = β₁ (1 - ½ · 0.96ᵗ)."""
        return self.beta_1 * (1.0 - 0.5 * ops.power(ops.cast(0.96, t.dtype), t))

    def update_step(self, gradient, variable, learning_rate):
        g, lr, beta_2 = self._cast(variable, gradient, learning_rate, self.beta_2)
        m, v = self._slots(variable, self._momentums, self._velocities)
        t = self._step_number(variable.dtype)
        u, u_next = self._momentum_at(t), self._momentum_at(t + 1)
        product = ops.cast(self._u_product, variable.dtype)

        m.assign_add((g - m) * (1 - self.beta_1))
        v.assign_add((ops.square(g) - v) * (1 - self.beta_2))
        m_hat = u_next * m / (1 - product * u_next) + (1 - u) * g / (1 - product)
        v_hat = v / (1 - ops.power(beta_2, t))
        variable.assign_sub(m_hat * lr / (ops.sqrt(v_hat) + self.epsilon))
