"""Variable: a named place for a Tensor, the only thing in minigrad that changes."""

import numpy as np

from minigrad import dtypes, naming, settings
from minigrad.autocast import get_autocast_scope
from minigrad.autograd.operators import OPS, Operators
from minigrad.autograd.record import CHANGES, THREAD, Leaf
from minigrad.autograd.symbolic import shape_equal, standardize_shape
from minigrad.autograd.tensor import as_tensor, wrap
from minigrad.budget import spend
from minigrad.stateless_scope import get_stateless_scope, uninitialized

AGGREGATIONS = (None, "none", "mean", "sum", "only_first_replica")
SYNCHRONIZATIONS = (None, "none", "on_read", "on_write", "auto")


_lookup = {}


def set_initializer_lookup(get):
    """Tell Variables how to find an initializer by its name (`minigrad.initializers` does)."""
    _lookup["get"] = get


class Variable(Operators):
    """A value with a name that training changes: a weight, a moving average, a seed, a counter.

    Used in an op it stands for its current value. A trainable Variable of a floating dtype is
    watched: `loss.backward()` fills its `grad`.

    Args:
        initializer: The value, or `f(shape, dtype=…)` that makes it, or the name of an
            initializer.
        shape: Of the value; needed where `initializer` is a function or a name.
        dtype: By default that of the value; `floatx()` for Python floats and float64 arrays.
        trainable: Whether optimizers change it.
        autocast: Whether it is read in the compute dtype of the layer that reads it.
        aggregation, synchronization: How copies on several devices are to be combined. Kept, and
            of no effect here.
        name: Without "/"; made up if None.
        layout: Kept, and of no effect here.

    Raises:
        ValueError: a name with "/", an unknown aggregation, a function without `shape`.

    >>> from minigrad import Variable
    >>> v = Variable([1.0, 2.0], name="w")
    >>> v.assign_add([1.0, 1.0]).numpy()
    array([2., 3.], dtype=float32)
    >>> (v * v).sum().backward()
    >>> v.grad.numpy()
    array([4., 6.], dtype=float32)
    """

    __array_priority__ = 1000

    def __init__(
        self,
        initializer,
        shape=None,
        dtype=None,
        trainable=True,
        autocast=True,
        aggregation="none",
        synchronization="auto",
        name=None,
        layout=None,
    ):
        name = name or naming.auto_name(type(self).__name__)
        if not isinstance(name, str) or "/" in name:
            raise ValueError(
                "Argument `name` must be a string and cannot contain character `/`, which "
                f"separates the parts of a path. Received: name={name}"
            )
        for argument, value, allowed in (
            ("aggregation", aggregation, AGGREGATIONS),
            ("synchronization", synchronization, SYNCHRONIZATIONS),
        ):
            if value not in allowed:
                raise ValueError(
                    f"Invalid value for argument `{argument}`. Expected one of {allowed}. "
                    f"Received: {argument}={value}"
                )
        path = naming.current_path()
        self._name = name
        self._path = f"{path}/{name}" if path else name
        self._trainable = bool(trainable)
        self._autocast = bool(autocast)
        self.aggregation = aggregation or "none"
        self.synchronization = synchronization or "none"
        self._layout = layout
        self._regularizer = self._constraint = None
        self._overwrite_with_gradient = False
        self._leaf = Leaf(name)
        self._value = self._initializer = None
        # Where a compiled step keeps the value and changes it in place; `_value` is then a copy
        # that somebody asked for, or None. See compile/memory.py.
        self._home = None
        if isinstance(initializer, str):
            initializer = _lookup["get"](initializer)
        if callable(initializer):
            self._wait_for(initializer, shape, dtype)
        else:
            self._take(initializer, dtype)

    def _wait_for(self, initializer, shape, dtype):
        if shape is None:
            raise ValueError(
                "When creating a Variable from an initializer, the `shape` argument should be "
                f"specified. Received: initializer={initializer} and shape={shape}"
            )
        self._dtype = dtypes.standardize_dtype(dtype)
        self._shape = standardize_shape(shape)
        if None in self._shape:
            raise ValueError(
                "Shapes used to initialize variables must be fully-defined (no `None` "
                f"dimensions). Received: shape={shape} for variable path='{self.path}'"
            )
        spend(self.path, self._shape, self._dtype)
        if get_stateless_scope() is None:
            self._initialize(initializer(self._shape, dtype=self._dtype))
        else:
            self._initializer = initializer
            uninitialized().append(self)

    def _take(self, value, dtype):
        if get_stateless_scope() is not None:
            raise ValueError(
                "You are attempting to create a variable while in a stateless scope, where its "
                "value could not be kept. Create the weights of a layer in `build(input_shape)`, "
                "by `self.add_weight(shape=…, initializer=…)`, rather than in `call`."
            )
        if dtype is None and isinstance(value, np.ndarray) and value.dtype == np.float64:
            dtype = settings.floatx()
        value = self._convert_to_tensor(value, dtype)
        self._dtype = dtypes.standardize_dtype(dtype or value.dtype)
        self._shape = value.shape
        self._initialize(value)

    def _deferred_initialize(self):
        if self._current() is not None:
            raise ValueError(f"Variable {self.path} is already initialized.")
        if get_stateless_scope() is not None:
            raise ValueError(
                "You are attempting to initialize a variable while in a stateless scope. This is "
                "disallowed. Make sure that all variables are initialized before you start using "
                "your layer/model objects."
            )
        initializer, self._initializer = self._initializer, None
        self._initialize(initializer(self._shape, dtype=self._dtype))

    def _initialize(self, value):
        value = self._convert_to_tensor(value, self._dtype)
        if value.shape != self._shape:
            raise ValueError(
                f"The initializer of the variable {self.path} made a value of another shape than "
                f"it was asked for. Expected: {self._shape}. Received: {value.shape}"
            )
        self._set(value)

    def _convert_to_tensor(self, value, dtype=None):
        return as_tensor(value, None if dtype is None else dtypes.standardize_dtype(dtype))

    def _set(self, tensor):
        """Take the values of `tensor`, not its history."""
        tracer = THREAD.mode.tracer
        if tracer is not None:
            tracer.variable_written(self, tensor)
        self._value = wrap(tensor._value, self._watch())
        CHANGES[0] += 1
        if self._home is not None:
            self._home.outdated = True

    def _watch(self):
        """The leaf by which gradients of a value find this Variable; None if not trainable."""
        return self._leaf if self._trainable and dtypes.is_float(self._dtype) else None

    def _current(self):
        """The value outside of any scope; None before it is initialized."""
        value = self._value
        if value is None and self._home is not None:
            value = self._home.read(self)
        return value

    # Reading

    def __minigrad_tensor__(self):
        return self.value

    @property
    def value(self):
        """The current value, a Tensor; inside a layer, in the layer's compute dtype."""
        scope = get_stateless_scope()
        value = None if scope is None else scope.get_current_value(self)
        if value is None:
            tracer = THREAD.mode.tracer
            if tracer is not None:
                tracer.variable_read(self)
            value = self._value
            if value is None:
                value = self._current()
            if value is None:
                value = as_tensor(self._initializer(self._shape, dtype=self._dtype), self._dtype)
        if self._autocast:
            autocast = get_autocast_scope()
            if autocast is not None:
                return autocast.maybe_cast(value)
        return value

    def numpy(self):
        """The current value as a NumPy array of its own."""
        return np.array(self)

    def __array__(self, dtype=None, copy=None):
        return self.value.__array__(dtype, copy)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return self.value.__array_ufunc__(ufunc, method, *inputs, **kwargs)

    def __array_function__(self, func, types, args, kwargs):
        return self.value.__array_function__(func, types, args, kwargs)

    @property
    def grad(self):
        """The gradient that `backward()` has found so far, a Tensor, or None."""
        tracer = THREAD.mode.tracer
        if tracer is not None:
            tracer.gradient_read(self._leaf)
        return self._leaf.grad

    @grad.setter
    def grad(self, value):
        tracer = THREAD.mode.tracer
        if tracer is not None:
            tracer.gradient_written(self._leaf, value)
        self._leaf.grad = value

    # Writing

    def assign(self, value):
        """Give it a new value, of the same shape; returns that value."""
        value = self._convert_to_tensor(value, self._dtype)
        if not shape_equal(value.shape, self._shape):
            raise ValueError(
                "The shape of the target variable and the shape of the target value in "
                f"`variable.assign(value)` must match. variable.shape={self.shape}, "
                f"Received: value.shape={value.shape}. Target variable: {self}"
            )
        scope = get_stateless_scope()
        if scope is None:
            self._set(value)
        else:
            scope.add_update((self, value))
        return value

    def assign_add(self, value):
        """Add to it; returns the new value."""
        return self.assign(self + value)

    def assign_sub(self, value):
        """Subtract from it; returns the new value."""
        return self.assign(self - value)

    # What it is

    @property
    def name(self):
        return self._name

    @property
    def path(self):
        """Its name behind those of the scopes and layers it was made in, joined by "/"."""
        return self._path

    @property
    def shape(self):
        return self._shape

    @property
    def ndim(self):
        return len(self._shape)

    @property
    def size(self):
        return int(np.prod(self._shape))

    @property
    def dtype(self):
        """The dtype that reading it gives."""
        scope = get_autocast_scope()
        if self._autocast and scope is not None and scope.dtype and dtypes.is_float(self._dtype):
            return scope.dtype
        return self._dtype

    @property
    def autocast(self):
        return self._autocast

    @property
    def trainable(self):
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)
        if self._current() is not None:
            self._set(self._value)

    @property
    def regularizer(self):
        """A function of the value that is added to the loss, or None."""
        return self._regularizer

    @regularizer.setter
    def regularizer(self, value):
        self._regularizer = self._checked("regularizer", value)

    @property
    def constraint(self):
        """A function that the optimizer applies to the value after each update, or None."""
        return self._constraint

    @constraint.setter
    def constraint(self, value):
        self._constraint = self._checked("constraint", value)

    @staticmethod
    def _checked(attribute, value):
        if value is not None and not callable(value):
            raise ValueError(
                f"Invalid value for attribute `{attribute}`. Expected a callable (such as a "
                f"`keras.{attribute}s.{attribute.capitalize()}` instance) or `None`. "
                f"Received: {attribute}={value}"
            )
        return value

    @property
    def overwrite_with_gradient(self):
        """Whether an optimizer replaces the value by its gradient instead of stepping along it."""
        return self._overwrite_with_gradient

    @overwrite_with_gradient.setter
    def overwrite_with_gradient(self, value):
        if not isinstance(value, bool):
            raise TypeError(f"`overwrite_with_gradient` must be a boolean. Received: {value}")
        self._overwrite_with_gradient = value

    def __setitem__(self, key, value):
        raise TypeError(
            f"The elements of a Variable cannot be set one by one. Make the whole value, as by "
            "ops.slice_update(v, start, updates) or ops.where(...), and `v.assign` it. "
            f"Received: variable.path={self.path}, key={key!r}"
        )

    # As a number

    def __float__(self):
        return float(self._scalar())

    def __int__(self):
        return int(self._scalar())

    def __index__(self):
        return self._scalar().__index__()

    def _scalar(self):
        if self.ndim > 0:
            raise TypeError(
                "Only scalar arrays can be converted to Python scalars. "
                f"Received: shape={self.shape}"
            )
        return self.value

    def __bool__(self):
        raise TypeError("A Keras Variable cannot be used as a boolean. Use `bool(v.value)`.")

    def __len__(self):
        return len(self.value)

    def __iter__(self):
        return iter(self.value)

    def __pos__(self):
        return self.value

    def __format__(self, spec):
        return format(self.value, spec) if spec else repr(self)

    # Of Variables, unlike of Tensors, these are about truth whatever the dtype: Keras has it so.

    def __and__(self, other):
        return OPS["logical_and"](self, other)

    def __or__(self, other):
        return OPS["logical_or"](self, other)

    def __xor__(self, other):
        return OPS["logical_xor"](self, other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __repr__(self):
        value = self._current()
        value = "" if value is None else f", value={value.numpy()}"
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}{value}>"

    # Copies: a leaf of their own, and no gradient yet

    def __getstate__(self):
        state = dict(self.__dict__)
        value = self._current()
        state["_leaf"] = state["_home"] = None
        state["_value"] = None if value is None else value._value
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._leaf = Leaf(self._name)
        if self._value is not None:
            self._set(wrap(np.array(self._value)))
