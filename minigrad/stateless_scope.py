"""StatelessScope: inside it Variables have other values, and assigning leaves them untouched."""

import threading


class _OfThread(threading.local):
    scope = None


_thread = _OfThread()


class StatelessScope:
    """A scope in which Variables are only names for values that are kept here.

    Reading a Variable gives its value in the scope, assigning changes that value. Layers thereby
    become functions of their weights.

    Args:
        state_mapping: Pairs `(variable, value)`; other Variables keep the value they have.
        collect_losses: Whether layers add their losses to `losses` of this scope.
        initialize_variables: Whether Variables made inside get their values when it is left.

    >>> import minigrad as mg
    >>> v = mg.Variable([1.0, 2.0])
    >>> with mg.StatelessScope([(v, mg.ops.zeros(2))]) as scope:
    ...     v.assign(v + 5)
    Tensor([5., 5.], shape=(2,), dtype=float32)
    >>> v.numpy(), scope.get_current_value(v).numpy()
    (array([1., 2.], dtype=float32), array([5., 5.], dtype=float32))
    """

    def __init__(self, state_mapping=None, collect_losses=False, initialize_variables=True):
        self.collect_losses = collect_losses
        self.initialize_variables = initialize_variables
        self.losses = []
        # Variables compare element by element, so the keys are their ids; the entry keeps the
        # variable alive.
        self._entries = {}
        self._outer = []
        for variable, value in state_mapping or ():
            if not hasattr(variable, "__minigrad_tensor__"):
                raise ValueError(
                    "Invalid reference variable in StatelessScope: all keys in argument `mapping` "
                    f"must be Variable instances. Received instead: {variable}"
                )
            value = variable._convert_to_tensor(value, dtype=variable._dtype)
            if value.shape != variable.shape:
                raise ValueError(
                    "Invalid variable value in StatelessScope: all values in argument `mapping` "
                    "must be tensors with a shape that matches the corresponding variable shape. "
                    f"For variable {variable}, received invalid value {value} with shape "
                    f"{value.shape}."
                )
            self._entries[id(variable)] = variable, value

    def __enter__(self):
        self._outer.append(get_stateless_scope())
        _thread.scope = self
        return self

    def __exit__(self, *exc_info):
        _thread.scope = self._outer.pop()
        if _thread.scope is None and self.initialize_variables:
            waiting = uninitialized()
            while waiting:
                waiting.pop(0)._deferred_initialize()

    def add_loss(self, loss):
        """Add a loss of a layer."""
        self.losses.append(loss)

    def add_update(self, update):
        """Give a Variable a value: `update` is `(variable, value)`."""
        variable, value = update
        self._entries[id(variable)] = variable, value

    def get_current_value(self, variable):
        """The value of a Variable in this scope, None if it has none of its own here."""
        return self._entries.get(id(variable), (None, None))[1]


def get_stateless_scope():
    """The scope that is open in this thread, or None."""
    return _thread.scope


def in_stateless_scope():
    """Whether a StatelessScope is open in this thread."""
    return get_stateless_scope() is not None


def uninitialized():
    """The Variables of this thread that wait for their first value."""
    if not hasattr(_thread, "uninitialized"):
        _thread.uninitialized = []
    return _thread.uninitialized
