"""Several optimizers for one model, each for some of the weights."""

import re
from collections.abc import MutableMapping

from minigrad import naming
from minigrad.optimizers.loss_scale_optimizer import LossScaleOptimizer
from minigrad.optimizers.optimizer import Optimizer
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object


class OptimizerMap(MutableMapping):
    """Optimizers by the paths of Variables; keys are paths or regular expressions for whole paths.

    Args:
        default_optimizer: For the paths that no key fits.
        optimizer_map: A dict to begin with.

    Raises TypeError for other arguments; looking up a path that several keys fit is a ValueError.

    >>> from minigrad.optimizers import SGD, Adam
    >>> chosen = OptimizerMap(SGD(0.1), {"encoder/.*": Adam()})
    >>> type(chosen["encoder/dense/kernel"]).__name__, type(chosen["head/bias"]).__name__
    ('Adam', 'SGD')
    """

    def __init__(self, default_optimizer, optimizer_map=None):
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(
                "default_optimizer must be a Keras Optimizer instance. "
                f"Received: {default_optimizer}"
            )
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise TypeError(f"optimizer_map must be a dictionary. Received: {optimizer_map}")
        self._default_optimizer = default_optimizer
        self._optimizer_map = optimizer_map or {}

    @property
    def default_optimizer(self):
        """The optimizer of a path that no key fits."""
        return self._default_optimizer

    def __getitem__(self, path):
        if path in self._optimizer_map:
            return self._optimizer_map[path]
        matching = [pattern for pattern in self._optimizer_map if re.fullmatch(pattern, path)]
        if len(matching) > 1:
            raise ValueError(
                f"Multiple optimizers assigned to variable {path}. Make the patterns such that "
                f"each path matches one at most. Received: {matching}"
            )
        return self._optimizer_map[matching[0]] if matching else self.default_optimizer

    def __setitem__(self, key, optimizer):
        if key in self._optimizer_map:
            raise ValueError(
                f"'{key}' already exists in the OptimizerMap with value "
                f"{self._optimizer_map[key]}. Please make sure to not use duplicated keys."
            )
        if not isinstance(key, str):
            raise ValueError(f"key must be a string. Received: {key}")
        if not isinstance(optimizer, Optimizer):
            raise ValueError(f"optimizer must be a Keras Optimizer instance. Received: {optimizer}")
        for kind in (LossScaleOptimizer, MultiOptimizer):
            if isinstance(optimizer, kind):
                raise ValueError(f"optimizer cannot be {kind.__name__}. Received: {optimizer}")
        self._optimizer_map[key] = optimizer

    def __delitem__(self, key):
        del self._optimizer_map[key]

    def __len__(self):
        return len(self._optimizer_map)

    def __iter__(self):
        return iter(self._optimizer_map)

    def __call__(self, variable):
        """The optimizer of a Variable."""
        return self[variable.path]

    def get_config(self):
        """The constructor's arguments, serialised."""
        return {
            "default_optimizer": serialize_keras_object(self._default_optimizer),
            "optimizer_map": serialize_keras_object(self._optimizer_map),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A map from what `get_config` returned."""
        return cls(
            deserialize_keras_object(config["default_optimizer"], custom_objects=custom_objects),
            deserialize_keras_object(config["optimizer_map"], custom_objects=custom_objects),
        )


class MultiOptimizer(Optimizer):
    """Gives each Variable to the optimizer that is chosen for it.

    Args:
        optimizer_map: An OptimizerMap, or a function from a Variable to its optimizer.
        loss_scale_factor: As in Optimizer, for all of them.
        name: Its name; made up if None.
    """

    def __init__(self, optimizer_map, loss_scale_factor=None, name=None):
        self._inner_optimizers = []
        super().__init__(learning_rate=0.0, loss_scale_factor=loss_scale_factor, name=name)
        self._optimizer_map = optimizer_map
        self._chosen = []  # the number of the inner optimizer of each Variable
        if isinstance(optimizer_map, OptimizerMap):
            for optimizer in [
                *optimizer_map._optimizer_map.values(),
                optimizer_map.default_optimizer,
            ]:
                self._number_of(optimizer)

    def _number_of(self, optimizer):
        """The number of an inner optimizer, which becomes one if it is new."""
        for i, known in enumerate(self._inner_optimizers):
            if known is optimizer:
                return i
        optimizer.loss_scale_factor = self.loss_scale_factor
        self._inner_optimizers.append(optimizer)
        return len(self._inner_optimizers) - 1

    def build(self, variables):
        if self.built:
            return
        for variable in variables:
            optimizer = self._optimizer_map(variable)
            if not isinstance(optimizer, Optimizer):
                raise ValueError(
                    f"Optimizer for variable {variable.path} is not an Optimizer instance. "
                    f"Received: {optimizer}"
                )
            for kind in (LossScaleOptimizer, MultiOptimizer):
                if isinstance(optimizer, kind):
                    raise ValueError(
                        f"{kind.__name__} cannot be used inside an MultiOptimizer. "
                        f"Received: {optimizer}"
                    )
            self._chosen.append(self._number_of(optimizer))
        super().build(variables)
        for optimizer, mine in self._shared_out(variables):
            optimizer.build(mine)

    def _shared_out(self, variables, *others):
        """Each inner optimizer with its Variables, and with what belongs to them in `others`."""
        groups = [[[] for _ in (variables, *others)] for _ in self._inner_optimizers]
        for row in zip(variables, *others):
            group = groups[self._chosen[self._get_variable_index(row[0])]]
            for column, item in zip(group, row):
                column.append(item)
        return [
            (optimizer, *group)
            for optimizer, group in zip(self._inner_optimizers, groups)
            if group[0]
        ]

    @property
    def optimizers(self):
        """The inner optimizers."""
        return self._inner_optimizers

    @property
    def _var_to_optimizer_idx(self):
        return {id(v): self._chosen[i] for i, v in enumerate(self._trainable_variables)}

    @property
    def variables(self):
        """Its own Variables, then those of the inner optimizers."""
        inner = [variable for one in self._inner_optimizers for variable in one.variables]
        return [*self._variables, *inner]

    @property
    def learning_rate(self):
        """There is none; the inner optimizers have theirs."""
        raise AttributeError(
            "Learning rate cannot be accessed on a MultiOptimizer. Access the learning rate on "
            "the individual sub-optimizers instead."
        )

    @learning_rate.setter
    def learning_rate(self, value):
        raise AttributeError(
            "Learning rate cannot be set on a MultiOptimizer. Set the learning rate on the "
            f"individual sub-optimizers instead. Received: learning_rate={value}"
        )

    @property
    def loss_scale_factor(self):
        """What `scale_loss` multiplies by; setting it sets it for all inner optimizers."""
        return self._loss_scale_factor

    @loss_scale_factor.setter
    def loss_scale_factor(self, value):
        self._loss_scale_factor = value
        for optimizer in self._inner_optimizers:
            optimizer.loss_scale_factor = value

    def apply(self, grads, trainable_variables=None):
        """Take one step with each inner optimizer. See Optimizer."""
        if len(grads) == 0:
            return
        if trainable_variables is None:
            trainable_variables = self._built_variables(grads)
        variables = list(trainable_variables)
        if not self.built:
            with naming.name_scope(self.name, caller=self):
                self.build(variables)
            self.built = True
        self._check_known(variables)
        if len(grads) != len(self._trainable_variables):
            raise ValueError(
                "Gradients must match trainable variables one-to-one. Received "
                f"{len(grads)} gradients and {len(self._trainable_variables)} variables."
            )
        for optimizer, mine, gradients in self._shared_out(variables, grads):
            optimizer.apply(gradients, mine)
        self._iterations.assign_add(1)

    def finalize_variable_values(self, var_list):
        """What the inner optimizers do at the end of training."""
        for optimizer, mine in self._shared_out(var_list):
            optimizer.finalize_variable_values(mine)

    def get_config(self):
        return {
            "optimizer_map": serialize_keras_object(self._optimizer_map),
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        found = deserialize_keras_object(config["optimizer_map"], custom_objects=custom_objects)
        return cls(**{**config, "optimizer_map": found})
