"""`get_config` from the constructor's signature, and `from_config`.

A class of minigrad keeps each argument of its constructor in the attribute of the same name; its
config is those attributes, and it overrides `get_config` only where they differ. A user's class
need not keep anything: the arguments of its constructor are recorded when an object is made.
"""

import functools
import inspect

from minigrad import tree
from minigrad.saving.public_names import is_builtin_function
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object

_PLAIN = (str, int, float, bool, type(None))
_VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_MISSING = object()


@functools.lru_cache(maxsize=1024)
def _signature(function):
    """The signature of a constructor without `self`."""
    signature = inspect.signature(function)
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def _own_parameters(cls):
    """The names of the arguments that a class's own constructor spells out."""
    if "__init__" not in vars(cls):
        return []
    parameters = _signature(cls.__init__).parameters.values()
    return [p.name for p in parameters if p.kind not in _VARIABLE]


def accepts(cls, name):
    """Whether a class's constructor takes an argument of this name."""
    parameters = _signature(cls.__init__).parameters
    return name in parameters or any(
        p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()
    )


class _Recorded:
    """The arguments of a constructor call, or why they cannot be written."""

    __slots__ = ("arguments", "problem")

    def __init__(self, cls, args, kwargs):
        self.arguments, self.problem = {}, None
        signature = _signature(cls.__init__)
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:  # the constructor itself will say what is wrong
            self.problem = "arguments that do not fit"
            return
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            kind = signature.parameters[name].kind
            if kind is inspect.Parameter.VAR_KEYWORD:
                self.arguments |= value
            elif kind is inspect.Parameter.POSITIONAL_ONLY or (
                kind is inspect.Parameter.VAR_POSITIONAL and value
            ):
                self.problem = "positional only or variadic positional arguments"
            elif kind is not inspect.Parameter.VAR_POSITIONAL:
                self.arguments[name] = value
        for name, value in self.arguments.items():
            if not all(isinstance(leaf, _PLAIN) for leaf in tree.flatten(value)):
                self.problem = self.problem or f"non-serializable argument values ({name!r})"
        if self.problem:
            self.arguments = {}  # keep no layer or array alive for the sake of an error


class Configurable:
    """The base of everything that has a config: layers, losses, optimizers, initializers…

    >>> class Scale(Configurable):
    ...     def __init__(self, factor, offset=0.0):
    ...         self.factor, self.offset = factor, offset
    >>> Scale(3).get_config()
    {'factor': 3, 'offset': 0.0}
    >>> Scale.from_config({"factor": 5}).factor
    5
    """

    def __new__(cls, *args, **kwargs):
        instance = super().__new__(cls)
        if not _is_ours(cls):
            # Past any `__setattr__` of the class: its own constructor has not run yet.
            object.__setattr__(instance, "_recorded", _Recorded(cls, args, kwargs))
        return instance

    def get_config(self):
        """The arguments that make an object like this one, as plain values.

        Raises NotImplementedError if they cannot be told: then the class must override it.
        """
        return constructor_config(self, Configurable)

    @classmethod
    def from_config(cls, config):
        """Make an object from what `get_config` returned.

        Raises TypeError if the config does not fit the constructor.
        """
        # Keras writes it into every file; None says nothing.
        if config.get("quantization_config", 0) is None and "quantization_config" not in (
            _signature(cls.__init__).parameters
        ):
            config = {k: v for k, v in config.items() if k != "quantization_config"}
        if isinstance(config.get("dtype"), dict):
            policy = deserialize_keras_object(config["dtype"])
            # By its name, where that says all: a constructor may expect a string.
            plain = type(policy).__name__ in ("DTypePolicy", "FloatDTypePolicy")
            config = {**config, "dtype": policy.name if plain else policy}
        try:
            return cls(**config)
        except Exception as error:
            raise TypeError(
                f"Error when deserializing class '{cls.__name__}' using config={config}."
                f"\n\nException encountered: {error}"
            ) from error


def _is_ours(cls):
    return cls.__module__.partition(".")[0] == "minigrad"


def constructor_config(obj, base, without=()):
    """The config of an object by the signatures of the classes between its own and `base`.

    For classes of minigrad the values are attributes. For a user's class that does not override
    `get_config`, they are the recorded arguments. `base` itself adds nothing, and neither do the
    arguments named in `without`.

    Raises NotImplementedError if an argument was not recorded because it is not plain.
    """
    lineage = type(obj).__mro__
    classes = lineage[: lineage.index(base)]
    config = {}
    for cls in reversed(classes):
        if _is_ours(cls):
            for name in _own_parameters(cls):
                value = _MISSING if name in without else _attribute(obj, name)
                if value is not _MISSING:
                    config[name] = config_value(value)
    owner = next(cls for cls in lineage if "get_config" in vars(cls))
    if _is_ours(type(obj)) or not _is_ours(owner):
        return config
    recorded = getattr(obj, "_recorded", None)
    # Without a constructor of its own, a user's class is made as the class of ours is.
    if not any("__init__" in vars(cls) for cls in classes if not _is_ours(cls)):
        return config
    if recorded is None or recorded.problem:
        raise _not_serializable(obj, recorded)
    own = _own_parameters(next(cls for cls in classes if "__init__" in vars(cls)))
    config = {name: value for name, value in config.items() if accepts(type(obj), name)}
    return {
        **{name: value for name, value in recorded.arguments.items() if name not in own},
        **config,
        **{name: recorded.arguments[name] for name in own if name in recorded.arguments},
    }


def _attribute(obj, name):
    value = getattr(obj, name, _MISSING)
    return getattr(obj, f"_{name}", _MISSING) if value is _MISSING else value


def config_value(value):
    """An argument as it stands in a config: a built-in activation by its name, else serialised.

    >>> config_value((1, None))
    (1, None)
    """
    if is_builtin_function(value, "activations"):
        return value.__name__
    return serialize_keras_object(value)


def _not_serializable(obj, recorded):
    name = type(obj).__name__
    problem = recorded.problem if recorded else "arguments that were not recorded"
    return NotImplementedError(
        f"Object {name} was created by passing {problem} to `__init__()`, from which no config can "
        "be made. Override `get_config()` (and `from_config()` where values must be made again):\n"
        "\n"
        f"    class {name}(...):\n"
        "        def __init__(self, arg1, arg2, **kwargs):\n"
        "            super().__init__(**kwargs)\n"
        "            self.arg1 = arg1\n"
        "            self.arg2 = arg2\n"
        "\n"
        "        def get_config(self):\n"
        "            return {**super().get_config(), 'arg1': self.arg1, 'arg2': self.arg2}\n"
    )
