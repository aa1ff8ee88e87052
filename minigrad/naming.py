"""Names: `Dense` becomes "dense", then "dense_1"; scopes put paths before the names of variables.

Counters and scopes belong to the thread, so models built in two threads get the same names.
"""

import re
import threading
from collections import Counter


class _OfThread(threading.local):
    def __init__(self):
        self.counts = Counter()
        self.scopes = []


_of_thread = _OfThread()


def to_snake_case(name):
    """A CamelCase name in snake_case, without characters that are not of an identifier.

    >>> to_snake_case("LayerNormalization"), to_snake_case("Conv2DTranspose")
    ('layer_normalization', 'conv2d_transpose')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def uniquify(name):
    """`name` the first time, then `name_1`, `name_2`, …

    >>> reset()
    >>> [uniquify("loss") for _ in range(3)]
    ['loss', 'loss_1', 'loss_2']
    """
    seen = _of_thread.counts[name]
    _of_thread.counts[name] += 1
    return f"{name}_{seen}" if seen else name


def auto_name(prefix):
    """A name that this session has not given yet, from a class name.

    >>> reset()
    >>> auto_name("BatchNormalization"), auto_name("BatchNormalization")
    ('batch_normalization', 'batch_normalization_1')
    """
    return uniquify(to_snake_case(prefix))


def get_uid(prefix=""):
    """How often `prefix` has been asked for in this session, this time included.

    >>> reset()
    >>> get_uid("dense"), get_uid("dense")
    (1, 2)
    """
    _of_thread.counts[prefix] += 1
    return _of_thread.counts[prefix]


def reset_uids():
    """Start all counters of this thread again."""
    _of_thread.counts.clear()


def reset():
    """Forget counters and open scopes, as `clear_session` does."""
    reset_uids()
    # A new list: a scope that is still open keeps the old one and closes without harm.
    _of_thread.scopes = []


def get_object_name(obj):
    """The name of a layer, loss or metric: its `name`, else its function's or class's."""
    if hasattr(obj, "name"):
        return obj.name
    return to_snake_case(getattr(obj, "__name__", type(obj).__name__))


class name_scope:
    """A context in which the paths of new variables begin with `name`.

    Scopes nest. With `caller`, the object that opens the scope, a second scope with the same name
    and caller directly inside the first adds nothing, unless `deduplicate` is False.
    `override_parent` is an absolute path that replaces the scopes around this one.

    Raises ValueError if `name` is not a string or contains "/".

    >>> with name_scope("encoder"):
    ...     with name_scope("dense"):
    ...         current_path()
    'encoder/dense'
    """

    def __init__(self, name, caller=None, deduplicate=True, override_parent=None):
        if not isinstance(name, str) or "/" in name:
            raise ValueError(
                "Argument `name` must be a string and cannot contain character `/`, "
                f"which separates the scopes of a path. Received: name={name}"
            )
        self.name = name
        self.caller = caller
        self.deduplicate = deduplicate
        if override_parent is None and deduplicate:
            # A layer that knows where it lives builds its weights there, wherever it is called.
            override_parent = getattr(caller, "_parent_path", None)
        self.override_parent = override_parent
        self._opened_in = []

    def _repeats(self, outer):
        return (
            self.deduplicate
            and self.caller is not None
            and self.caller is outer.caller
            and self.name == outer.name
        )

    def __enter__(self):
        scopes = _of_thread.scopes
        entered = not (scopes and self._repeats(scopes[-1]))
        if entered:
            scopes.append(self)
        self._opened_in.append(scopes if entered else None)
        return self

    def __exit__(self, *exc_info):
        scopes = self._opened_in.pop() if self._opened_in else None
        if scopes:
            scopes.pop()


def current_path():
    """The path of the open scopes, such as "encoder/dense"; "" outside of any."""
    parts = []
    for scope in _of_thread.scopes:
        if scope.override_parent is not None:
            parts = [part for part in scope.override_parent.split("/") if part]
        parts.append(scope.name)
    return "/".join(parts)
