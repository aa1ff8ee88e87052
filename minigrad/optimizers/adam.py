"""Adam, and AdamW."""

import numpy as np

from minigrad import ops
from minigrad.autograd.record import run_bare
from minigrad.kernels import optimizers as kernels
from minigrad.optimizers.optimizer import Optimizer


class Adam(Optimizer):
    """Steps along the mean gradient, divided by the root of the mean squared gradient.

    Args:
        learning_rate: About how far a step moves each weight.
        beta_1: What part of the mean gradient a step leaves.
        beta_2: What part of the mean squared gradient a step leaves.
        epsilon: Keeps the division finite.
        amsgrad: Whether to divide by the largest mean square so far.
        kwargs: See Optimizer.

    Source: Kingma and Ba 2014, https://arxiv.org/abs/1412.6980, algorithm 1 in the form at the
    end of section 2; Reddi et al. 2018, https://openreview.net/forum?id=ryQu7f-RZ, for amsgrad.
    """

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
        **kwargs,
    ):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.amsgrad = amsgrad

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(
            variables, ["momentum", "velocity"]
        )
        if self.amsgrad:
            self._velocity_hats = self.add_optimizer_variables(variables, "velocity_hat")

    def update_step(self, gradient, variable, learning_rate):
        (g,) = self._cast(variable, gradient)
        m, v = self._slots(variable, self._momentums, self._velocities)

        m.assign_add((g - m) * (1 - self.beta_1))
        v.assign_add((ops.square(g) - v) * (1 - self.beta_2))
        if self.amsgrad:
            (v_hat,) = self._slots(variable, self._velocity_hats)
            v_hat.assign(ops.maximum(v_hat, v))
            v = v_hat
        lr, t = ops.cast(learning_rate, variable.dtype), self._step_number(variable.dtype)
        variable.assign_sub(m * self._corrected(lr, t) / (ops.sqrt(v) + self.epsilon))

    def _corrected(self, lr, t):
        """The learning rate, made up for moments that began at 0: lr √(1 - β₂ᵗ) / (1 - β₁ᵗ)."""
        return lr * ops.sqrt(1 - ops.power(self.beta_2, t)) / (1 - ops.power(self.beta_1, t))

    def _fused_kernel(self, learning_rate, dtype):
        number = np.dtype(dtype).type
        lr, t = number(learning_rate), number(int(self.iterations) + 1)
        parameters = run_bare(self._corrected, lr, t), self.beta_1, self.beta_2, self.epsilon
        moments = self._momentums, self._velocities
        if self.amsgrad:
            return kernels.amsgrad, parameters, (*moments, self._velocity_hats)
        return kernels.adam, parameters, moments


class AdamW(Adam):
    """Adam with weight decay that the gradient's scale does not touch.

    Raises ValueError if weight_decay is None.

    Source: Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101, algorithm 2.
    """

    def __init__(
        self,
        learning_rate=0.001,
        weight_decay=0.004,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
        **kwargs,
    ):
        super().__init__(
            learning_rate=learning_rate,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            amsgrad=amsgrad,
            weight_decay=weight_decay,
            **kwargs,
        )
        if self.weight_decay is None:
            raise ValueError("Argument `weight_decay` must be a float. Received: weight_decay=None")
