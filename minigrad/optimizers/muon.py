"""Muon: orthogonal steps for the matrices of hidden layers, Adam for the rest."""

import re
from math import sqrt

from minigrad import ops
from minigrad.optimizers.optimizer import Optimizer


class Muon(Optimizer):
    """Steps along the orthogonal matrix that is nearest to the mean gradient.

    Args:
        learning_rate: How long a step is.
        adam_beta_1, adam_beta_2, epsilon, adam_weight_decay, adam_lr_ratio: For the Variables that
            Adam takes care of: those that are no matrices, and those that are excluded;
            adam_lr_ratio is what the learning rate is multiplied by.
        weight_decay: For the matrices.
        exclude_layers: Regular expressions; matrices with one of them in their path go to Adam.
        exclude_embeddings: Whether embeddings do.
        muon_a, muon_b, muon_c: Coefficients of the iteration.
        momentum: What part of the mean gradient a step leaves.
        ns_steps: How often the iteration is taken.
        nesterov: Whether to look one step ahead.
        rms_rate: If not None, steps are multiplied by this and the root of the longer side.
        kwargs: See Optimizer.

    Source: Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/; Liu et al. 2025,
    https://arxiv.org/abs/2502.16982, for rms_rate.
    """

    def __init__(
        self,
        learning_rate=0.001,
        adam_beta_1=0.9,
        adam_beta_2=0.999,
        adam_weight_decay=0.004,
        epsilon=1e-7,
        weight_decay=0.004,
        exclude_layers=None,
        exclude_embeddings=True,
        muon_a=3.4445,
        muon_b=-4.7750,
        muon_c=2.0315,
        adam_lr_ratio=1,
        momentum=0.95,
        ns_steps=5,
        nesterov=True,
        rms_rate=0.2,
        **kwargs,
    ):
        super().__init__(learning_rate=learning_rate, weight_decay=weight_decay, **kwargs)
        self.adam_beta_1 = adam_beta_1
        self.adam_beta_2 = adam_beta_2
        self.adam_weight_decay = adam_weight_decay
        self.epsilon = epsilon
        self.exclude_layers = exclude_layers or []
        self.exclude_embeddings = exclude_embeddings
        self.muon_a = muon_a
        self.muon_b = muon_b
        self.muon_c = muon_c
        self.adam_lr_ratio = adam_lr_ratio
        self.momentum = momentum
        self.ns_steps = ns_steps
        self.nesterov = nesterov
        self.rms_rate = rms_rate

    def _should_use_adamw(self, variable):
        if len(variable.shape) != 2:
            return True
        if self.exclude_embeddings and "embedding" in variable.path.lower():
            return True
        return any(re.search(pattern, variable.path) for pattern in self.exclude_layers)

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.momentums = [None] * len(variables)
        self.adam_velocities = [None] * len(variables)
        for i, variable in enumerate(variables):
            if getattr(variable, "overwrite_with_gradient", False):
                continue
            self.momentums[i] = self.add_variable_from_reference(variable, "momentum")
            if self._should_use_adamw(variable):
                self.adam_velocities[i] = self.add_variable_from_reference(variable, "velocity")

    def _weight_decay_of(self, variable):
        if super()._weight_decay_of(variable) is None and self.weight_decay is not None:
            return None  # excluded
        adam = self._should_use_adamw(variable)
        return self.adam_weight_decay if adam else self.weight_decay

    def update_step(self, gradient, variable, learning_rate):
        g, lr = self._cast(variable, gradient, learning_rate)
        m, v = self._slots(variable, self.momentums, self.adam_velocities)
        if v is None:
            self._muon_step(g, variable, lr, m)
        else:
            self._adam_step(g, variable, lr * self.adam_lr_ratio, m, v)

    def _muon_step(self, g, variable, lr, m):
        m.assign(self.momentum * m + g)
        direction = g + self.momentum * m if self.nesterov else m
        step = lr * self.zeropower_via_newtonschulz5(direction, self.ns_steps)
        variable.assign_sub(self.lr_adjust(step))

    def lr_adjust(self, x):
        """A step, scaled so that the root mean square of its elements does not fall with size."""
        return x if self.rms_rate is None else x * (sqrt(max(x.shape)) * self.rms_rate)

    def _adam_step(self, g, variable, lr, m, v):
        beta_1, beta_2 = self._cast(variable, self.adam_beta_1, self.adam_beta_2)
        t = self._step_number(variable.dtype)
        alpha = lr * ops.sqrt(1 - ops.power(beta_2, t)) / (1 - ops.power(beta_1, t))
        m.assign_add((g - m) * (1 - self.adam_beta_1))
        v.assign_add((ops.square(g) - v) * (1 - self.adam_beta_2))
        variable.assign_sub(m * alpha / (ops.sqrt(v) + self.epsilon))

    def zeropower_via_newtonschulz5(self, x, steps):
        """U Vᵀ of the singular value decomposition x = U S Vᵀ, about: S is brought near 1.

        A Newton-Schulz iteration with an odd polynomial of degree 5.
        """
        a, b, c = self.muon_a, self.muon_b, self.muon_c
        high = x.shape[-2] > x.shape[-1]
        if high:
            x = ops.swapaxes(x, -1, -2)
        x = x / (ops.norm(x, axis=(-2, -1), keepdims=True) + 1e-7)
        for _ in range(steps):
            gram = x @ ops.swapaxes(x, -1, -2)
            x = a * x + (b * gram + c * gram @ gram) @ x
        return ops.swapaxes(x, -1, -2) if high else x
