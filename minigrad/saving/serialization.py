"""Objects to plain dicts and back, in Keras's format, so that files go both ways.

An object becomes `{"module", "class_name", "config", "registered_name"}`, with `build_config` and
`compile_config` where it has them. Reading finds a class among the custom and registered objects
and minigrad's public names (`public_names.py`); no module is ever imported because a file says so.
"""

import inspect
import types
import warnings

import numpy as np

from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import Tensor
from minigrad.dtypes import standardize_dtype, to_numpy_dtype
from minigrad.saving import public_names, registry
from minigrad.saving.lambdas import func_dump, func_load
from minigrad.saving.scopes import (
    SafeModeScope,
    get_shared_object,
    in_safe_mode,
    remember_shared_object,
    shared,
)

PLAIN_TYPES = (str, int, float, bool)


# Kinds of values that have a form of their own.
_WRITERS = {}  # type -> (class_name, value -> config)
_READERS = {}  # class_name -> (config -> value)


def register_serializer(class_name, cls, to_config, from_config=None):
    """Write values of a type as `{"class_name": class_name, "config": to_config(value)}`.

    Reading calls `from_config(config)`; None leaves reading to a type that has the same name.
    """
    _WRITERS[cls] = class_name, to_config
    if from_config is not None:
        _READERS[class_name] = from_config


def _array_config(array):
    return {"value": array.tolist(), "dtype": standardize_dtype(array.dtype)}


def _array_from(config):
    return np.array(config["value"], dtype=to_numpy_dtype(config["dtype"]))


def _symbolic_from(config):
    tensor = KerasTensor(config["shape"], dtype=config["dtype"])
    tensor._pre_serialization_keras_history = config["keras_history"]
    return tensor


def _symbolic_config(tensor):
    history = getattr(tensor, "_keras_history", None)
    if history:
        operation, *position = history
        history = [operation.name, *position]
    return {"shape": tensor.shape, "dtype": tensor.dtype, "keras_history": history or None}


register_serializer(
    "__bytes__", bytes, lambda b: {"value": b.decode()}, lambda c: c["value"].encode()
)
register_serializer("__ellipsis__", type(...), lambda _: {}, lambda _: ...)
register_serializer(
    "__slice__",
    slice,
    lambda s: serialize_dict({"start": s.start, "stop": s.stop, "step": s.step}),
    lambda c: slice(*(deserialize_keras_object(c[key]) for key in ("start", "stop", "step"))),
)
register_serializer("__numpy__", np.ndarray, _array_config, _array_from)
register_serializer(
    "__tensor__", Tensor, lambda t: _array_config(t.numpy()), lambda c: Tensor(_array_from(c))
)
register_serializer("__keras_tensor__", KerasTensor, _symbolic_config, _symbolic_from)


def serialize_dict(obj):
    """A dict with its values serialised."""
    return {key: serialize_keras_object(value) for key, value in obj.items()}


def serialize_keras_object(obj):
    """A value as plain dicts, lists and scalars, from which `deserialize_keras_object` makes it.

    Takes what configs hold: scalars, strings, bytes, lists, tuples, dicts, slices, arrays, tensors,
    functions, and objects with a `get_config` method. Raises TypeError for other objects. A lambda
    is written as bytecode, with a warning.

    >>> serialize_keras_object({"shape": (2, None), "scale": np.float32(0.5)})
    {'shape': (2, None), 'scale': 0.5}
    """
    if obj is None or isinstance(obj, PLAIN_TYPES):
        return obj.item() if isinstance(obj, np.generic) else obj
    if isinstance(obj, list | tuple):
        items = [serialize_keras_object(item) for item in obj]
        return tuple(items) if isinstance(obj, tuple) else items
    if isinstance(obj, dict):
        return serialize_dict(obj)
    if isinstance(obj, np.generic) or (isinstance(obj, np.ndarray) and obj.ndim == 0):
        return obj.item()
    if isinstance(obj, np.dtype):
        return standardize_dtype(obj)
    for cls, (class_name, to_config) in _WRITERS.items():
        if isinstance(obj, cls):
            return {"class_name": class_name, "config": to_config(obj)}
    if isinstance(obj, types.FunctionType) and obj.__name__ == "<lambda>":
        return _serialize_lambda(obj)
    if isinstance(obj, type) or not hasattr(obj, "get_config"):
        return _serialize_function(obj)
    return _serialize_instance(obj)


def _serialize_lambda(function):
    try:
        source = inspect.getsource(function)
    except OSError:
        source = repr(function)
    warnings.warn(
        "The object being serialized includes a `lambda`, which is written as bytecode. Reading it "
        "needs `safe_mode=False` and the same version of Python; a named function that is "
        f"registered needs neither. The `lambda` being serialized: {source}",
        stacklevel=4,
    )
    return {"class_name": "__lambda__", "config": {"value": func_dump(function)}}


def _serialize_function(obj):
    if isinstance(obj, type) or not callable(obj) or not hasattr(obj, "__name__"):
        raise TypeError(
            f"Cannot serialize object {obj} of type {type(obj)}. To be serializable, a class must "
            f"implement the `get_config()` method. Received: {obj!r}"
        )
    config = {
        "module": "builtins",
        "class_name": "function",
        "config": registry.get_registered_name(obj),
        "registered_name": "function",
    }
    return shared(obj, config)


def _serialize_instance(obj):
    inner = obj.get_config()
    if not isinstance(inner, dict):
        raise TypeError(
            f"The `get_config()` method of {obj} should return a dict. Received: {inner}"
        )
    cls = type(obj)
    named = public_names.keras_name(cls)
    module, class_name = named or (cls.__module__, cls.__name__)
    config = {
        # What `__main__` is depends on the program, so it would help nobody to write it.
        "module": None if module == "__main__" else module,
        "class_name": class_name,
        "config": serialize_dict(inner),
        "registered_name": None if named else registry.get_registered_name(cls),
    }
    for key in ("build_config", "compile_config"):
        getter = getattr(obj, f"get_{key}", None)
        value = getter() if getter else None
        if value is not None:
            config[key] = serialize_dict(value)
    return shared(obj, config)


def deserialize_keras_object(
    config, custom_objects=None, safe_mode=True, *, module_objects=None, **unused
):
    """The value that `serialize_keras_object` wrote as `config`.

    `custom_objects` maps names to classes and functions that are neither minigrad's nor registered.
    `module_objects` does the same for the short forms, a name alone or a config without a module;
    a string that it lacks is returned as it is. `safe_mode=False` allows bytecode of lambdas to
    run. Raises TypeError if the class or function cannot be found or made, ValueError for what
    files may not contain.

    >>> deserialize_keras_object({"class_name": "__slice__",
    ...                           "config": {"start": 1, "stop": None, "step": 2}})
    slice(1, None, 2)
    """
    scoped = in_safe_mode()
    reader = _Reader(custom_objects, safe_mode if scoped is None else scoped)
    return reader.read(config, module_objects)


class _Reader:
    def __init__(self, custom_objects, safe_mode):
        self.custom_objects = custom_objects or {}
        self.safe_mode = safe_mode

    def read(self, config, module_objects=None):
        if config is None:
            return None
        if isinstance(config, str):
            return self._read_string(config, module_objects)
        if isinstance(config, list | tuple):
            return [self.read(item) for item in config]
        if isinstance(config, PLAIN_TYPES):
            return config
        if not isinstance(config, dict):
            raise TypeError(f"Could not parse config. Received: config={config!r}")
        if "class_name" in config and ("config" in config or module_objects is not None):
            return self._read_object(config, module_objects)
        if module_objects is not None:
            raise ValueError(
                f"Unknown `config` as a `dict`: it needs a `class_name`. Received: config={config}"
            )
        return {key: self.read(value) for key, value in config.items()}

    def _read_string(self, name, module_objects):
        found = registry.get_registered_object(name, self.custom_objects)
        if found is not None:
            return found
        found = (module_objects or {}).get(name)
        if found is None:
            return name
        return self._make(found, {}, {}) if isinstance(found, type) else found

    def _read_object(self, config, module_objects):
        class_name = config["class_name"]
        inner = {} if config.get("config") is None else config["config"]
        if class_name in _READERS:
            with SafeModeScope(self.safe_mode):
                return _READERS[class_name](inner)
        if class_name == "__lambda__":
            return self._read_lambda(inner)
        if class_name == "__typespec__":
            raise _typespec_error(config)
        if class_name == "function":
            if not isinstance(inner, str):
                raise TypeError(
                    "Expected 'config' to be a non-null str for a function, its name. "
                    f"Received: config={config}"
                )
            return self._find(inner, inner, config, module_objects)
        if not isinstance(inner, dict):
            raise TypeError(
                f"Expected 'config' to be a dict for {class_name}. Received: config={config}"
            )
        made = get_shared_object(config.get("shared_object_id"))
        if made is not None:
            return made
        registered_name = config.get("registered_name", class_name)
        found = self._find(class_name, registered_name, config, module_objects)
        if found is config or not isinstance(found, type):
            return found
        made = self._make(found, inner, config)
        remember_shared_object(config.get("shared_object_id"), made)
        return made

    def _read_lambda(self, inner):
        if self.safe_mode:
            raise ValueError(
                "Requested the deserialization of a Python lambda. This carries a potential risk "
                "of arbitrary code execution, so it is refused. If you trust whoever made the "
                "file, pass `safe_mode=False` to the loading function or call "
                "`keras.config.enable_unsafe_deserialization()`. Received: safe_mode=True"
            )
        if "value" in inner:
            return func_load(inner["value"])
        return func_load(inner["code"], inner.get("defaults"), inner.get("closure"))

    def _find(self, name, registered_name, config, module_objects):
        """The class or function; `config` itself where a short form names nothing that is known."""
        found = registry.get_registered_object(registered_name, self.custom_objects)
        if found is None and module_objects:
            # The short form has no `registered_name`: a custom class goes by its own.
            found = registry.get_registered_object(name, self.custom_objects, module_objects)
        if found is not None:
            return found
        module = config.get("module")
        if isinstance(module, str):
            found = self._find_in(module, name, config)
            if found is not None:
                return found
        elif module_objects is not None and "module" not in config:
            return config
        kind = "function" if config["class_name"] == "function" else "class"
        raise TypeError(
            f"Could not locate {kind} '{name}'. Decorate custom classes and functions with "
            "`@keras.saving.register_keras_serializable()` and import their module before "
            f"loading, or pass them as `custom_objects`. Received: config={config}"
        )

    def _find_in(self, module, name, config):
        is_function = config["class_name"] == "function"
        if is_function and module == "builtins":
            found = public_names.find_builtin_function(name)
            if found is None:
                return self._find_by_last_name(name)
        else:
            found = public_names.find(module, name) or public_names.find_unexported(module, name)
        explicit = config.get("registered_name")
        if found is not None and explicit and explicit not in (name, config["class_name"]):
            raise ValueError(
                f"The config says `registered_name={explicit!r}`, but '{module}.{name}' resolved "
                "to a Keras built-in, which has no registered name. Remove the `registered_name` "
                f"from the config. Received: config={config}"
            )
        return found

    def _find_by_last_name(self, name):
        """A registered function by the part of its name after ">", as Keras before 3.7 wrote it."""
        known = {**registry.get_custom_objects(), **self.custom_objects}
        return next((obj for key, obj in known.items() if key.endswith(f">{name}")), None)

    def _make(self, cls, inner, config):
        """An instance from its config, built and compiled if the config says how."""
        if not hasattr(cls, "from_config"):
            raise TypeError(
                f"Unable to reconstruct an instance of '{cls.__name__}' because the class is "
                f"missing a `from_config()` method. Received: config={config}"
            )
        with registry.CustomObjectScope(self.custom_objects), SafeModeScope(self.safe_mode):
            try:
                instance = cls.from_config(inner)
            except TypeError as error:
                raise TypeError(
                    f"{cls} could not be deserialized properly. Make sure that objects which "
                    "`get_config()` returns inside the config (layers, models and the like) are "
                    "explicitly deserialized in `from_config()`. "
                    f"Received: config={config or inner}\n\nException encountered: {error}"
                ) from error
            build_config = config.get("build_config")
            if build_config and not getattr(instance, "built", False):
                instance.build_from_config(build_config)
                instance.built = True
            compile_config = config.get("compile_config")
            if compile_config:
                instance.compile_from_config(compile_config)
                instance.compiled = True
        return instance


def _typespec_error(config):
    if not isinstance(config.get("config"), tuple | list):
        return TypeError(
            "Expected 'config' to be a list or a tuple for a __typespec__. "
            f"Received: config={config}"
        )
    return ValueError(
        "A file with TensorFlow's TypeSpecs can only be read by Keras on TensorFlow. "
        f"Received: config={config}"
    )
