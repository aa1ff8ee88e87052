"""Metric: a number that is gathered batch by batch."""

from minigrad import dtype_policies, initializers, naming, ops, settings, tree
from minigrad.saving.configurable import Configurable, accepts, constructor_config
from minigrad.stateless_scope import StatelessScope
from minigrad.variable import Variable


class Metric(Configurable):
    """Gathers what batches say: `metric(y_true, y_pred)` takes one more in and gives the result.

    A subclass makes its state with `add_variable` in its constructor, changes it in `update_state`
    by `assign`, and computes the number in `result`.

    Args:
        dtype: The dtype of state and result (a name or a policy); by default `floatx()`.
        name: Its name; made up if None.

    >>> from minigrad import ops
    >>> class Largest(Metric):
    ...     def __init__(self, **kwargs):
    ...         super().__init__(**kwargs)
    ...         self.top = self.add_variable((), "zeros", name="top")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.top.assign(ops.maximum(self.top, ops.max(y_pred)))
    ...     def result(self):
    ...         return self.top.value
    >>> largest = Largest()
    >>> largest.update_state(None, [1.0, 5.0])
    >>> float(largest(None, [2.0]))
    5.0
    """

    @staticmethod
    def _plainest():
        """What has only the attributes that saving does not look into."""
        return Metric(name="plainest")

    def __init__(self, dtype=None, name=None):
        self.name = name or naming.auto_name(type(self).__name__)
        self._dtype_policy = dtype_policies.get(dtype or settings.floatx())
        self._dtype = self._dtype_policy.compute_dtype
        self._variables = []

    @property
    def dtype(self):
        """The name of the dtype of state and result."""
        return self._dtype

    # State

    def add_variable(self, shape, initializer, dtype=None, aggregation="sum", name=None):
        """A new Variable of the state.

        Args:
            shape: Its shape.
            initializer: A name, an Initializer or a function.
            dtype: By default `floatx()`.
            name: What it is called.
        """
        self._check_super_called()
        with naming.name_scope(self.name.replace("/", ">"), caller=self):
            variable = Variable(
                initializers.get(initializer),
                shape=shape,
                dtype=dtype,
                trainable=False,
                aggregation=aggregation,
                synchronization="on_read",
                name=name,
            )
        self._variables.append(variable)
        return variable

    def add_weight(self, shape=(), initializer=None, dtype=None, name=None):
        """The same as `add_variable`, zeros by default."""
        return self.add_variable(shape, initializer or "zeros", dtype=dtype, name=name)

    @property
    def variables(self):
        """The Variables of the state, those of metrics and structures in attributes included."""
        self._check_super_called()
        found = {id(variable): variable for variable in self._variables}
        metrics = []
        for name, value in vars(self).items():
            for one in tree.flatten(value) if name != "_variables" else ():
                if isinstance(one, Variable):
                    found.setdefault(id(one), one)
                elif isinstance(one, Metric):
                    metrics.append(one)
        for metric in metrics:
            for variable in metric.variables:
                found.setdefault(id(variable), variable)
        return list(found.values())

    def reset_state(self):
        """Begin anew: all Variables of the state are set to 0."""
        for variable in self.variables:
            variable.assign(ops.zeros(variable.shape, variable.dtype))

    def update_state(self, *args, **kwargs):
        """Take one batch in, such as `y_true, y_pred, sample_weight`."""
        raise NotImplementedError(
            "Metric subclasses must implement `update_state()`. "
            f"Received: class {type(self).__name__}"
        )

    def result(self):
        """The number so far: a scalar Tensor, or a dict of them."""
        raise NotImplementedError(
            f"Metric subclasses must implement `result()`. Received: class {type(self).__name__}"
        )

    def __call__(self, *args, **kwargs):
        self._check_super_called()
        self.update_state(*args, **kwargs)
        return self.result()

    # The same as functions of the state

    def stateless_update_state(self, metric_variables, *args, **kwargs):
        """The state after a batch, given the state before; the Variables stay as they are.

        Raises ValueError unless there is a value for each of `variables`.
        """
        with self._with_state(metric_variables) as scope:
            self.update_state(*args, **kwargs)
        return self._state_in(scope)

    def stateless_result(self, metric_variables):
        """The result in a given state. Raises ValueError as `stateless_update_state` does."""
        with self._with_state(metric_variables):
            return self.result()

    def stateless_reset_state(self):
        """The state that `reset_state` would leave."""
        with StatelessScope() as scope:
            self.reset_state()
        return self._state_in(scope)

    def _with_state(self, values):
        variables = self.variables
        if len(values) != len(variables):
            raise ValueError(
                "Argument `metric_variables` must be a list of tensors corresponding 1:1 to "
                f"{type(self).__name__}().variables. Received list with length {len(values)}, but "
                f"expected {len(variables)} variables."
            )
        return StatelessScope(state_mapping=list(zip(variables, values)))

    def _state_in(self, scope):
        values = ((v, scope.get_current_value(v)) for v in self.variables)
        return [variable if value is None else value for variable, value in values]

    def get_config(self):
        try:
            config = constructor_config(self, Metric)
        except NotImplementedError:  # a user's metric that cannot say how it was made
            config = {}
        config = {name: value for name, value in config.items() if accepts(type(self), name)}
        return {**config, "name": self.name, "dtype": self.dtype}

    def _check_super_called(self):
        if "_variables" not in vars(self):
            raise RuntimeError(
                f"You forgot to call `super().__init__()` in the `__init__()` method of "
                f"{type(self).__name__}. Go add it!"
            )

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"
