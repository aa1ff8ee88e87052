"""The names under which a user's classes and functions are written to files and found again."""

import threading

GLOBAL_CUSTOM_OBJECTS = {}  # "package>name" -> class or function
GLOBAL_CUSTOM_NAMES = {}  # class or function -> "package>name"


class _OfThread(threading.local):
    scope = {}  # replaced, never changed


_of_thread = _OfThread()


class CustomObjectScope:
    """A context in which the given names stand for the given classes and functions.

    Scopes nest: an inner one adds to the outer ones. They are of the thread that enters them.

    >>> def twice(x):
    ...     return 2 * x
    >>> with CustomObjectScope({"twice": twice}):
    ...     get_registered_object("twice") is twice
    True
    """

    def __init__(self, custom_objects):
        self.custom_objects = custom_objects or {}
        self._outer = []

    def __enter__(self):
        self._outer.append(_of_thread.scope)
        _of_thread.scope = {**_of_thread.scope, **self.custom_objects}
        return self

    def __exit__(self, *exc_info):
        _of_thread.scope = self._outer.pop()


custom_object_scope = CustomObjectScope


def get_custom_objects():
    """The dict of all registered objects; changing it changes the registry."""
    return GLOBAL_CUSTOM_OBJECTS


def register_keras_serializable(package="Custom", name=None):
    """Decorate a class or function to write it as `package>name` and find it again when loading.

    Raises ValueError for a class without `get_config`.

    >>> @register_keras_serializable("shop")
    ... def discount(x):
    ...     return 0.9 * x
    >>> get_registered_name(discount)
    'shop>discount'
    """

    def register(obj):
        if isinstance(obj, type) and not hasattr(obj, "get_config"):
            raise ValueError(
                "Cannot register a class that does not have a get_config() method, because "
                f"its objects could not be saved. Add one to {obj.__name__}. Received: {obj}"
            )
        registered_name = f"{package}>{name if name is not None else obj.__name__}"
        GLOBAL_CUSTOM_OBJECTS[registered_name] = obj
        GLOBAL_CUSTOM_NAMES[obj] = registered_name
        return obj

    return register


def get_registered_name(obj):
    """The name under which a class or function is registered, else its own name."""
    try:
        return GLOBAL_CUSTOM_NAMES.get(obj) or obj.__name__
    except TypeError:  # unhashable, so certainly not registered
        return obj.__name__


def get_registered_object(name, custom_objects=None, module_objects=None):
    """What a name stands for: in the open scopes, the registry, then the two dicts. Else None."""
    for names in (_of_thread.scope, GLOBAL_CUSTOM_OBJECTS, custom_objects, module_objects):
        if names and name in names:
            return names[name]
    return None
