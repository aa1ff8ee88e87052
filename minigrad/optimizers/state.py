"""The Variables of an optimizer: making, finding, saving and loading them."""

import re
import warnings

from minigrad import initializers, naming, ops
from minigrad.saving.configurable import Configurable
from minigrad.variable import Variable


class OptimizerState(Configurable):
    """The part of Optimizer that holds its Variables."""

    def _begin_state(self, name):
        self.name = name
        self.built = False
        self._variables = []
        self._trainable_variables = []
        self._index_of = {}
        self._undecayed = set()
        self._undecayed_names = None

    @property
    def variables(self):
        """All Variables of the optimizer, in the order in which they were made."""
        return list(self._variables)

    def _scalar_variable(self, value, name, dtype):
        with naming.name_scope(self.name, caller=self):
            variable = Variable(
                value, name=name, dtype=dtype, trainable=False, aggregation="only_first_replica"
            )
        self._track_variable(variable)
        return variable

    def _track_variable(self, variable):
        if all(variable is not known for known in self._variables):
            self._variables.append(variable)

    def _untrack_variable(self, variable):
        self._variables = [known for known in self._variables if known is not variable]

    def __setattr__(self, name, value):
        if isinstance(value, Variable):
            self._check_super_called()
            self._track_variable(value)
        super().__setattr__(name, value)

    def add_variable(
        self,
        shape,
        initializer="zeros",
        dtype=None,
        aggregation="none",
        layout=None,
        name=None,
    ):
        """A new Variable of the optimizer, which is saved with it."""
        self._check_super_called()
        with naming.name_scope(self.name, caller=self):
            variable = Variable(
                initializers.get(initializer),
                shape=shape,
                dtype=dtype,
                trainable=False,
                aggregation=aggregation,
                layout=layout,
                name=name,
            )
        self._track_variable(variable)
        return variable

    def add_variable_from_reference(self, reference_variable, name=None, initializer="zeros"):
        """A new Variable of the shape and dtype of another one, and named after it."""
        reference = getattr(reference_variable, "path", None) or reference_variable.name
        return self.add_variable(
            shape=reference_variable.shape,
            initializer=initializer,
            dtype=reference_variable.dtype,
            name=f"{re.sub('[/:]', '_', reference)}_{name or 'var'}",
        )

    def add_optimizer_variables(self, trainable_variables, name, initializer="zeros"):
        """A new Variable for each of `trainable_variables`, of its shape and dtype.

        Args:
            trainable_variables: Those to be trained.
            name: What the new ones are for, such as "momentum"; or several such names.
            initializer: One for all names, or one for each.

        Returns:
            A list; for several names, a tuple of lists. It has None where a Variable is to be
            overwritten with its gradient.

        Raises ValueError if there are not as many initializers as names.
        """
        names = [name] if isinstance(name, str) else list(name)
        several = isinstance(initializer, list | tuple)
        makers = list(initializer) if several else [initializer] * len(names)
        if len(names) != len(makers):
            raise ValueError(
                "The number of provided names must match the number of provided initializers. "
                f"Received: name={name!r}, initializer={initializer!r}"
            )
        made = tuple([] for _ in names)
        for variable in trainable_variables:
            overwritten = getattr(variable, "overwrite_with_gradient", False)
            for slots, what, maker in zip(made, names, makers):
                slots.append(
                    None if overwritten else self.add_variable_from_reference(variable, what, maker)
                )
        return made[0] if isinstance(name, str) else made

    def _var_key(self, variable):
        return id(variable)

    def _get_variable_index(self, variable):
        return self._index_of[id(variable)]

    def _slots(self, variable, *kinds):
        """What is kept for one Variable, out of lists that `add_optimizer_variables` made."""
        index = self._index_of[id(variable)]
        return [kind[index] for kind in kinds]

    def _cast(self, variable, *values):
        """Gradient, learning rate and the like, in the dtype of a Variable."""
        return [ops.cast(value, variable.dtype) for value in values]

    def _check_known(self, variables):
        for variable in variables:
            if id(variable) not in self._index_of:
                raise ValueError(
                    f"Unknown variable: {variable}. This optimizer can only be called for the "
                    "variables it was originally built with. When working with a new set of "
                    "variables, you should recreate a new optimizer instance."
                )

    # For subclasses: as methods of Keras

    def assign(self, variable, value):
        """Give a Variable a value."""
        variable.assign(value)

    def assign_add(self, variable, value):
        """Add to a Variable."""
        variable.assign_add(value)

    def assign_sub(self, variable, value):
        """Subtract from a Variable."""
        variable.assign_sub(value)

    # Saving

    def set_weights(self, weights):
        """Give all Variables values. Raises ValueError before `build`, and for other shapes."""
        if not self.built:
            raise ValueError(
                "You are calling `set_weights()` on an optimizer that has not yet been built. "
                "Please call `optimizer.build(trainable_variables)` to create the optimizer "
                "weights before calling `set_weights()`."
            )
        for variable, weight in zip(self.variables, weights):
            if variable.shape != weight.shape:
                raise ValueError(
                    f"Optimizer variable {variable.path} has shape {variable.shape} not compatible "
                    f"with provided weight shape {weight.shape}."
                )
            variable.assign(weight)

    def save_own_variables(self, store):
        """Put the values of the Variables into `store`, a mapping, under their numbers."""
        for i, variable in enumerate(self.variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store):
        """Take the values of the Variables from `store`; if their number differs, only warn."""
        if len(store.keys()) != len(self.variables):
            warnings.warn(
                f"Skipping variable loading for optimizer '{self.name}', because it has "
                f"{len(self.variables)} variables whereas the saved optimizer has "
                f"{len(store.keys())} variables. Build it for the same variables first.",
                stacklevel=2,
            )
            return
        for i, variable in enumerate(self.variables):
            variable.assign(store[str(i)])

    def _check_super_called(self):
        if "_variables" not in vars(self):
            raise RuntimeError(
                f"In optimizer '{type(self).__name__}', you forgot to call `super().__init__()` as "
                "the first statement in the `__init__()` method. Go add it!"
            )

    def __getstate__(self):
        state = dict(vars(self))
        # Ids are of this process; the copy finds its own Variables again.
        state["_undecayed"] = [
            i for i, v in enumerate(self._trainable_variables) if id(v) in self._undecayed
        ]
        return state

    def __setstate__(self, state):
        vars(self).update(state)
        variables = self._trainable_variables
        self._index_of = {id(variable): i for i, variable in enumerate(variables)}
        self._undecayed = {id(variables[i]) for i in state["_undecayed"]}
