"""The public names of minigrad's own classes, as Keras writes them into files, and back.

`minigrad.layers.core.dense.Dense` is written as `Dense` of `keras.layers`, so that Keras opens the
file. Reading is the other way round and looks into the public namespaces below and nowhere else:
a file cannot make minigrad import or call anything that is not a part of models.
"""

import importlib
import sys

# Namespaces of classes; of the first line also functions, such as `keras.activations.relu`.
FUNCTION_NAMESPACES = (
    *("activations", "constraints", "initializers", "losses", "metrics", "regularizers"),
    *("ops", "random"),
)
CLASS_NAMESPACES = (
    *FUNCTION_NAMESPACES,
    *("layers", "optimizers.schedules", "optimizers", "models", "dtype_policies", ""),
    *("mixed_precision", "callbacks", "utils", "distillation"),
)
# Classes that Keras writes as `keras.X`, though they live in a namespace as well.
TOP_LEVEL = frozenset(
    "DTypePolicy FloatDTypePolicy Function Initializer InputSpec KerasTensor Layer Loss Metric "
    "Model Operation Optimizer Regularizer Sequential Variable".split()
)
# Functions in these namespaces that build, read or write whole objects: never called by a file.
_NOT_FOR_MODELS = frozenset({"get", "serialize", "deserialize"})


def _namespace(name):
    """The module of a public namespace, or None while (or if) it is not there."""
    dotted = f"minigrad.{name}".rstrip(".")
    if dotted in sys.modules:
        return sys.modules[dotted]
    try:
        return importlib.import_module(dotted)
    except ModuleNotFoundError as error:
        if error.name and dotted.startswith(error.name):
            return None
        raise


def _is_ours(obj):
    return (getattr(obj, "__module__", None) or "").partition(".")[0] == "minigrad"


def keras_name(cls):
    """(module, name) under which Keras knows a class of minigrad, or None if it is not ours.

    A class may say so itself, in the attribute `keras_name`.
    """
    own = vars(cls).get("keras_name")
    if own is not None:
        return own
    if not _is_ours(cls):
        return None
    home = f"{cls.__module__}.".split(".")[1]
    for place in ["optimizers.schedules", home] if home == "optimizers" else [home]:
        namespace = _namespace(place)
        public = getattr(namespace, "__dict__", {})
        names = [name for name, value in public.items() if value is cls]
        if cls.__name__ in names:
            return "keras" if cls.__name__ in TOP_LEVEL else f"keras.{place}", cls.__name__
        if names:
            return f"keras.{place}", names[0]
    # Not public, as Keras's Functional is not: Keras writes where its source is.
    return cls.__module__.replace("minigrad", "keras.src", 1), cls.__name__


def _places(module, name):
    """The public namespaces in which `name` of a module written in a file may be."""
    package, *path = module.split(".")
    if package not in ("keras", "minigrad"):
        return ()
    if path[:1] == ["src"]:
        path = path[1:]
        if path[:1] == ["backend"]:  # Keras on PyTorch has optimizers in backend.torch.optimizers
            path = path[2:]
        # Keras's source is laid out as its public names are, but one or two folders deeper.
        return tuple(
            place
            for place in CLASS_NAMESPACES
            if place and path[: place.count(".") + 1] == place.split(".")
        )
    return CLASS_NAMESPACES if not path and name in TOP_LEVEL else (".".join(path),)


def _is_callable_by_files(obj, name, place):
    if not _is_ours(obj) or name.startswith("_"):
        return False
    if isinstance(obj, type):
        return place in CLASS_NAMESPACES and hasattr(obj, "from_config")
    return callable(obj) and place in FUNCTION_NAMESPACES and name not in _NOT_FOR_MODELS


def find(module, name):
    """The class or function of minigrad that a file calls `name` of `module`, or None.

    Raises ValueError if there is such a public name, but not of something that models consist of.
    """
    for place in _places(module, name):
        if name.startswith("_") or not name.isidentifier():
            continue
        namespace = _namespace(place) if place in (*CLASS_NAMESPACES, "saving") else None
        obj = getattr(namespace, name, None)
        if not callable(obj):
            continue
        if not _is_callable_by_files(obj, name, place):
            raise ValueError(
                f"Cannot deserialize `{module}.{name}` because it is not a modeling function. "
                "A file may name layers, losses, metrics, initializers and the like, and objects "
                "that were registered; for safety nothing else is called. "
                f"Received: module={module!r}, name={name!r}"
            )
        return obj
    return None


def find_unexported(module, name):
    """A serialisable class that lives in a loaded module of ours without being public, or None."""
    if not module.startswith("keras.src."):
        return None
    home = sys.modules.get(module.replace("keras.src", "minigrad", 1))
    obj = getattr(home, name, None)
    return obj if isinstance(obj, type) and _is_ours(obj) and hasattr(obj, "from_config") else None


def find_builtin_function(name):
    """A function that files name without saying where it is from, such as "relu", or None."""
    for place in FUNCTION_NAMESPACES[:6]:
        obj = getattr(_namespace(place), name, None)
        if not isinstance(obj, type) and _is_callable_by_files(obj, name, place):
            return obj
    return None


def is_builtin_function(function, place):
    """Whether a function is the public one of its name in a namespace of minigrad."""
    name = getattr(function, "__name__", "")
    return bool(name) and getattr(_namespace(place), name, None) is function
