"""Optimizer: what all optimizers share, around the one method in which they differ."""

import inspect
import re
import warnings

from minigrad import naming, ops
from minigrad.autograd.record import no_grad
from minigrad.distribution.active import mean_over_processes
from minigrad.optimizers.accumulation import GradientAccumulation
from minigrad.optimizers.fused import FusedSteps
from minigrad.optimizers.gradients import clip_by_global_norm, clip_by_norm
from minigrad.optimizers.learning_rate import LearningRate
from minigrad.optimizers.moving_average import MovingAverage
from minigrad.optimizers.state import OptimizerState
from minigrad.saving import custom_object_scope, deserialize_keras_object
from minigrad.saving.configurable import constructor_config
from minigrad.stateless_scope import StatelessScope, in_stateless_scope


class Optimizer(OptimizerState, LearningRate, GradientAccumulation, MovingAverage):
    """Changes Variables so that a loss becomes smaller, given its gradients.

    A subclass makes its state in `build` and takes one step for one Variable in `update_step`.

    Args:
        learning_rate: A float, a LearningRateSchedule, or a function without arguments.
        weight_decay: Before each step, weights lose this share of themselves times the learning
            rate.
        clipnorm: The gradient of each weight is shortened to this length.
        clipvalue: Each element of a gradient is brought to within ± this.
        global_clipnorm: All gradients together are shortened to this length.
        use_ema: Whether to keep exponential moving averages of the weights.
        ema_momentum: What part of an average a step leaves.
        ema_overwrite_frequency: After so many steps the weights become their averages; None: only
            when `finalize_variable_values` is called, as `fit` does at its end.
        loss_scale_factor: What `scale_loss` multiplies the loss by; gradients are divided by it.
        gradient_accumulation_steps: So many gradients make one step, by their mean.
        name: Its name; made up if None.

    Raises ValueError for arguments that contradict each other or are out of range.

    >>> import minigrad as mg
    >>> w = mg.Variable([1.0, 2.0])
    >>> optimizer = mg.optimizers.SGD(learning_rate=0.5)
    >>> optimizer.apply([mg.ops.convert_to_tensor([1.0, 1.0])], [w])
    >>> w.numpy()
    array([0.5, 1.5], dtype=float32)
    """

    @staticmethod
    def _plainest():
        """What has only the attributes that saving does not look into."""
        return Optimizer(1.0, name="plainest")

    def __init__(
        self,
        learning_rate,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
        **kwargs,
    ):
        if kwargs.pop("decay", None) is not None:
            warnings.warn(
                "Argument `decay` is no longer supported and will be ignored. "
                "Use a schedule as the learning rate.",
                stacklevel=3,
            )
        if kwargs:
            raise ValueError(f"Argument(s) not recognized: {kwargs}")
        clips = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        if sum(value is not None for value in clips.values()) > 1:
            raise ValueError(
                "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: "
                + ", ".join(f"{name}={value}" for name, value in clips.items())
            )
        if gradient_accumulation_steps and gradient_accumulation_steps < 2:
            raise ValueError(
                "`gradient_accumulation_steps` must be an integer >= 2. "
                f"Received: gradient_accumulation_steps={gradient_accumulation_steps}"
            )
        self._begin_state(name or naming.auto_name(type(self).__name__))
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self._set_averaging(use_ema, ema_momentum, ema_overwrite_frequency)
        self._iterations = self._scalar_variable(0, "iteration", "int32")
        self._begin_learning_rate(learning_rate)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.__signature__ = _full_signature(cls)

    @property
    def iterations(self):
        """How many steps have been taken."""
        if self.gradient_accumulation_steps:
            return ops.floor_divide(self._iterations, self.gradient_accumulation_steps)
        return self._iterations

    def build(self, variables):
        """Make the state for these Variables. A subclass first calls this, then adds its own."""
        if self.use_ema:
            self._model_variables_moving_average = self.add_optimizer_variables(
                variables, "average"
            )
        if self.gradient_accumulation_steps:
            self._accumulated_gradients = [
                self.add_variable_from_reference(variable, name="gradient_accumulator")
                for variable in variables
            ]
        self._trainable_variables = list(variables)
        self._index_of = {id(variable): i for i, variable in enumerate(variables)}
        self.built = True

    def update_step(self, gradient, variable, learning_rate):
        """Change one Variable, and what is remembered of it, by `assign` alone."""
        raise NotImplementedError(
            "Optimizer subclasses must implement `update_step(gradient, variable, learning_rate)`. "
            f"Received: class {type(self).__name__}"
        )

    # A step

    def apply_gradients(self, grads_and_vars):
        """Take one step for pairs `(gradient, variable)`; returns the number of calls so far."""
        gradients, variables = zip(*grads_and_vars)
        self.apply(gradients, variables)
        return self._iterations

    def apply(self, grads, trainable_variables=None):
        """Take one step.

        Args:
            grads: A gradient per Variable; None where the loss does not depend on it.
            trainable_variables: The Variables; by default those it was built with. The first call
                builds it.

        Raises ValueError for unknown Variables, or if there is no gradient at all.
        """
        if len(grads) == 0:
            return
        if in_stateless_scope():  # what is computed here may be differentiated
            self._apply(list(grads), trainable_variables)
        else:
            with no_grad():
                self._apply(list(grads), trainable_variables)

    def _apply(self, gradients, variables):
        if variables is None:
            variables = self._built_variables(gradients)
        else:
            variables = list(variables)
            if not self.built:
                with naming.name_scope(self.name, caller=self):
                    self.build(variables)
                self.built = True
            self._check_known(variables)
        pairs = _with_gradients(mean_over_processes(gradients), variables)
        pairs = self._overwrite(pairs)
        if pairs:
            gradients, variables = map(list, zip(*pairs))
            if self.loss_scale_factor is not None:
                gradients = [g / self.loss_scale_factor for g in gradients]
            self._step(gradients, variables)
            for variable in variables:
                if variable.constraint is not None:
                    variable.assign(variable.constraint(variable))
        self._iterations.assign_add(1)

    def _built_variables(self, gradients):
        if not self.built:
            raise ValueError(
                "When passing `grads` without `variables`, the optimizer must already be built on "
                "a list of variables. Call `optimizer.build(trainable_variables)` first."
            )
        if len(gradients) != len(self._trainable_variables):
            raise ValueError(
                "When passing `grads` as a list of gradient tensors, the gradients must match "
                f"`optimizer.variables` one-to-one. Received a list of {len(gradients)} gradients, "
                f"but the optimizer is tracking {len(self._trainable_variables)} trainable "
                "variables."
            )
        return self._trainable_variables

    def _step(self, gradients, variables):
        if self.gradient_accumulation_steps:
            self._accumulate(gradients, variables)
        else:
            self._update(gradients, variables)
        if self.use_ema:
            self._update_averages()

    def _update(self, gradients, variables):
        gradients = self._clip_gradients(gradients)
        learning_rate = self.learning_rate
        fused = FusedSteps(self, learning_rate, variables)
        for gradient, variable in zip(gradients, variables):
            if fused.step(gradient, variable):
                continue
            self._apply_weight_decay([variable])
            self.update_step(gradient, variable, learning_rate)

    def _fused_kernel(self, learning_rate, dtype):
        """A kernel that takes the same step as `update_step`; None if there is none.

        Returns:
            The kernel, its parameters, and the lists of what is kept for the Variables.
        """
        return None

    def _step_number(self, dtype):
        """The number of this step, t = 1, 2, …"""
        return ops.cast(self.iterations + 1, dtype)

    def _clip_gradients(self, gradients):
        if self.clipnorm and self.clipnorm > 0:
            return [clip_by_norm(g, self.clipnorm) for g in gradients]
        if self.global_clipnorm and self.global_clipnorm > 0:
            return clip_by_global_norm(gradients, self.global_clipnorm)
        if self.clipvalue and self.clipvalue > 0:
            return [ops.clip(g, -self.clipvalue, self.clipvalue) for g in gradients]
        return gradients

    # Weight decay

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Let weights be: those in `var_list`, or with a name in which one of `var_names` is found.

        Args:
            var_list: Variables.
            var_names: Regular expressions, searched in the names of the Variables.

        Raises ValueError once the optimizer is built.
        """
        if self.built:
            raise ValueError(
                "`exclude_from_weight_decay()` can only be configured before the optimizer is "
                f"built. Received: optimizer {self.name}, which is built."
            )
        self._undecayed = {id(variable) for variable in var_list or ()}
        self._undecayed_names = re.compile("|".join(var_names)) if var_names else None

    def _apply_weight_decay(self, variables):
        for variable in variables:
            decay = self._weight_decay_of(variable)
            if decay is not None:
                (lr,) = self._cast(variable, self.learning_rate)
                variable.assign(variable - variable * decay * lr)

    def _weight_decay_of(self, variable):
        """The rate at which a Variable decays, or None."""
        if self.weight_decay is None or id(variable) in self._undecayed:
            return None
        pattern = self._undecayed_names
        excluded = pattern is not None and pattern.search(variable.name)
        return None if excluded else self.weight_decay

    # As a function of the state

    def stateless_apply(self, optimizer_variables, grads, trainable_variables):
        """One step as a function: values go in and come out, the Variables stay as they are.

        Args:
            optimizer_variables: Values for `variables`.
            grads: A gradient for each of the Variables that it was built with.
            trainable_variables: Values for these.

        Returns:
            The new values of the Variables, and of the optimizer's own.

        Raises ValueError before `build`, and for lists of another length.
        """
        if not self.built:
            raise ValueError(
                f"To call `stateless_apply`, {type(self).__name__} must be built (i.e. its "
                "variables must have been created). You can build it via "
                "`optimizer.build(trainable_variables)`."
            )
        for argument, values, expected in (
            ("optimizer_variables", optimizer_variables, self.variables),
            ("trainable_variables", trainable_variables, self._trainable_variables),
        ):
            if len(values) != len(expected):
                raise ValueError(
                    f"Argument `{argument}` must be a list of tensors, one for each of the "
                    f"{len(expected)} variables. Received: a list of length {len(values)}"
                )
        weights, state = self._trainable_variables, self.variables
        mapping = [*zip(weights, trainable_variables), *zip(state, optimizer_variables)]
        with StatelessScope(state_mapping=mapping) as scope:
            self.apply(grads)
        return (
            [scope.get_current_value(variable) for variable in weights],
            [scope.get_current_value(variable) for variable in state],
        )

    def scale_loss(self, loss):
        """The loss to differentiate: times `loss_scale_factor`, where there is one."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Make an optimizer from what `get_config` returned.

        `custom_objects` maps names to classes of one's own, such as that of a schedule.
        """
        with custom_object_scope(custom_objects or {}):
            if isinstance(config.get("learning_rate"), dict):  # a schedule
                schedule = deserialize_keras_object(config["learning_rate"])
                config = {**config, "learning_rate": schedule}
            return super().from_config(config)

    def get_config(self):
        try:
            config = constructor_config(self, Optimizer, without=BASE_NAMES)
        except NotImplementedError:  # a user's optimizer that cannot say how it was made
            config = {}
        return {
            **config,
            "name": self.name,
            "learning_rate": self._learning_rate_config(),
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
        }


BASE_ARGUMENTS = tuple(inspect.signature(Optimizer.__init__).parameters.values())[1:-1]
BASE_NAMES = tuple(parameter.name for parameter in BASE_ARGUMENTS)


def _full_signature(cls):
    """The signature of a constructor with the arguments of Optimizer in place of `**kwargs`."""
    own = list(inspect.signature(cls.__init__).parameters.values())[1:]
    if not own or own[-1].kind is not inspect.Parameter.VAR_KEYWORD:
        return inspect.Signature(own)
    names = {parameter.name for parameter in own}
    rest = [p.replace(kind=p.KEYWORD_ONLY) for p in BASE_ARGUMENTS if p.name not in names]
    return inspect.Signature([*own[:-1], *rest, own[-1]])


def _with_gradients(gradients, variables):
    """Pairs of gradients and Variables, without those that have no gradient."""
    pairs = [(g, v) for g, v in zip(gradients, variables) if g is not None]
    if not pairs:
        raise ValueError(
            "No gradients provided for any variable. Does the loss depend on the trainable "
            f"variables? Received: {len(variables)} variables, and None for each."
        )
    if len(pairs) < len(variables):
        missing = [v.path for g, v in zip(gradients, variables) if g is None]
        warnings.warn(
            f"Gradients do not exist for variables {missing} when minimizing the loss. If using "
            "`model.compile()`, did you forget to provide a `loss` argument?",
            stacklevel=4,
        )
    return pairs
