"""Training with float16, whose small gradients would vanish: the loss is scaled up first."""

import functools
import inspect

from minigrad import naming, ops
from minigrad.autograd.record import announce, no_grad
from minigrad.distribution.active import already_mean, mean_over_processes
from minigrad.initializers import Constant
from minigrad.optimizers.optimizer import BASE_ARGUMENTS, Optimizer
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object
from minigrad.stateless_scope import in_stateless_scope

_NOT_FOR_THIS = {
    p.name: p.default
    for p in BASE_ARGUMENTS
    if p.default is not inspect.Parameter.empty and p.name != "name"
}


class LossScaleOptimizer(Optimizer):
    """An optimizer around another one, which scales the loss as high as float16 allows.

    A step whose gradients are not finite is left out, and halves the scale; after
    `dynamic_growth_steps` good ones in a row it doubles.

    Args:
        inner_optimizer: What takes the steps.
        initial_scale: Where the scale begins.
        dynamic_growth_steps: See above.
        name: Its name; made up if None.

    Raises ValueError for arguments that belong to the inner optimizer.

    Source: Micikevicius et al. 2018, https://arxiv.org/abs/1710.03740, section 3.2.
    """

    def __init__(
        self, inner_optimizer, initial_scale=2.0**15, dynamic_growth_steps=2000, name=None, **kwargs
    ):
        if not kwargs.pop("dynamic", True):
            raise ValueError(
                "LossScaleOptimizer no longer supports `dynamic=False`. Instead, simply set "
                "`loss_scale_factor` directly on the `inner_optimizer`. Received: dynamic=False"
            )
        for argument, default in _NOT_FOR_THIS.items():
            value = kwargs.pop(argument, default)
            if value != default:
                raise ValueError(
                    f"LossScaleOptimizer does not support `{argument}`. Instead, set `{argument}` "
                    f"on the `inner_optimizer`. Received: {argument}={value}"
                )
        if kwargs:
            names = ", ".join(f"`{argument}`" for argument in kwargs)
            raise ValueError(f"LossScaleOptimizer does not support arguments: {names}.")
        super().__init__(learning_rate=0.0, name=name)
        self.inner_optimizer = inner_optimizer
        self.initial_scale = initial_scale
        self.dynamic_growth_steps = dynamic_growth_steps
        inner_optimizer.loss_scale_factor = None

    def build(self, variables):
        if self.built:
            return
        self.step_counter = self.add_variable((), dtype="int32", name="step_counter")
        self.dynamic_scale = self.add_variable(
            (), Constant(self.initial_scale), dtype="float32", name="dynamic_scale"
        )
        self.inner_optimizer.build(variables)
        super().build(variables)

    @property
    def variables(self):
        """Its own Variables, then those of the inner optimizer."""
        return [*self._variables, *self.inner_optimizer.variables]

    def apply(self, grads, trainable_variables=None):
        """Take one step, unless a gradient is not finite. See Optimizer."""
        if not self.built:
            with naming.name_scope(self.name, caller=self):
                self.build(list(trainable_variables))
            self.built = True
        with no_grad(recording=in_stateless_scope()):
            self._step_if_finite(list(grads), trainable_variables)

    def _step_if_finite(self, gradients, variables):
        gradients = mean_over_processes(gradients)  # first: all must agree whether it is finite
        finite, scale = self.check_finite(gradients), self.dynamic_scale.value
        known = self._trainable_variables if variables is None else list(variables)
        # Zeros where the step is left out: so the compiler, too, looks at all gradients first, and
        # then updates every weight in one pass.
        unscaled = [
            g
            if g is None or getattr(v, "overwrite_with_gradient", False)
            else ops.where(finite, g, 0.0) / scale
            for g, v in zip(gradients, known)
        ]
        announce("scaled_gradients_checked")
        with already_mean():
            self._when(finite, lambda: self.inner_optimizer.apply(unscaled, variables))
        last = ops.equal(self.step_counter, self.dynamic_growth_steps - 1)
        grown = ops.where(last, 2.0 * scale, scale)
        self.dynamic_scale.assign(ops.where(finite, grown, 0.5 * scale))
        going_on = ops.logical_and(finite, ops.logical_not(last))
        self.step_counter.assign(ops.where(going_on, self.step_counter + 1, 0))

    def check_finite(self, grads):
        """Whether no gradient has an infinity or NaN."""
        finite = [ops.all(ops.isfinite(g)) for g in grads if g is not None]
        return functools.reduce(ops.logical_and, finite)

    @property
    def learning_rate(self):
        """That of the inner optimizer."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        self.inner_optimizer.learning_rate = learning_rate

    @property
    def iterations(self):
        """How many steps the inner optimizer has taken."""
        return self.inner_optimizer.iterations

    def scale_loss(self, loss):
        """The loss times the present scale."""
        announce("loss_scaled")
        return loss * (self.dynamic_scale if self.built else self.initial_scale)

    def finalize_variable_values(self, var_list):
        """What the inner optimizer does at the end of training."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def get_config(self):
        return {
            "name": self.name,
            "inner_optimizer": serialize_keras_object(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        inner = deserialize_keras_object(config["inner_optimizer"], custom_objects=custom_objects)
        return cls(**{**config, "inner_optimizer": inner})
