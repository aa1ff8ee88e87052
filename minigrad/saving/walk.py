"""From a model to all that has state of its own, by the paths that Keras gives them in files.

A path is made of attribute names, `encoder/dense`; inside lists and dicts it is made of the names
of classes, numbered: `layers/dense_1`. Order matters: what can be reached twice has the first path.
"""

import functools
import os
import warnings

from minigrad.naming import to_snake_case
from minigrad.saving.configurable import Configurable

CONTAINERS = (list, dict, tuple)


def _base(cls):
    """The class from which a kind of object gets attributes that are not looked into."""
    return next((one for one in cls.__mro__ if "_plainest" in vars(one)), None)


@functools.lru_cache(maxsize=64)
def _attributes_of_base(base):
    if base is None:
        return frozenset()
    return frozenset(dir(base._plainest()))


def children(obj):
    """(name, value) for the attributes of an object that may have state, in Keras's order."""
    first = getattr(obj, "_saved_first", ())
    for name in first:
        yield name, getattr(obj, name)
    skipped = _attributes_of_base(_base(type(obj))) | set(getattr(obj, "_not_saved", ()))
    # "~" is behind all letters: private attributes come last.
    for name in sorted(dir(obj), key=lambda one: f"~{one}" if one.startswith("_") else one):
        if name.startswith("__") or name in skipped or name in first:
            continue
        try:
            value = getattr(obj, name)
        except Exception:  # a property that has nothing to say yet
            continue
        yield name, value


def _members(container):
    """(name, member) for what may have state in a list, tuple or dict."""
    used = {}
    for member in container.values() if isinstance(container, dict) else container:
        if isinstance(member, Configurable):
            name = to_snake_case(type(member).__name__)
        elif isinstance(member, CONTAINERS):
            name = "container"
        else:
            continue
        used[name] = used.get(name, -1) + 1
        yield f"{name}_{used[name]}" if used[name] else name, member


class Walk:
    """A visit to each object with state once. `visit(obj, path)` returns whether that went well.

    An object that failed is visited again where it is reached by another path: files of older
    versions of a class may have it there.
    """

    def __init__(self, visit, skip=(), enter=None):
        self._visit = visit
        self._enter = enter or (lambda path: True)
        self._done = {id(obj) for obj in skip}
        self._active = set()

    def object(self, obj, path=""):
        """Visit an object and all below; whether all went well."""
        if id(obj) in self._done:
            return True
        if id(obj) in self._active:
            return True
        self._active.add(id(obj))
        well = self._visit(obj, path)
        for name, value in children(obj):
            inner = f"{path}/{name}" if path else name
            if isinstance(value, Configurable):
                well = self.object(value, inner) and well
            elif isinstance(value, CONTAINERS):
                well = self._container(value, inner, set()) and well
        self._active.discard(id(obj))
        if well:
            self._done.add(id(obj))
        return well

    def _container(self, container, path, seen):
        if id(container) in seen:
            return True
        seen.add(id(container))
        well = True
        for name, member in _members(container):
            inner = f"{path}/{name}"
            if isinstance(member, Configurable):
                well = self.object(member, inner) and well
            elif self._enter(inner):
                well = self._container(member, inner, seen) and well
        return well


def save_state(model, weights=None, assets=None, skip=()):
    """Let all objects put their variables into `weights`, and files into folders of `assets`."""

    def visit(obj, path):
        if weights is not None and hasattr(obj, "save_own_variables"):
            entry = {}
            obj.save_own_variables(entry)
            name = getattr(obj, "name", None)
            weights.put(path, entry, name if isinstance(name, str) else None)
        if assets is not None and hasattr(obj, "save_assets"):
            folder = os.path.join(assets, path)
            os.makedirs(folder, exist_ok=True)
            obj.save_assets(folder)
        return True

    Walk(visit, skip).object(model)


def load_state(model, weights=None, assets=None, skip=(), skip_mismatch=False):
    """Let all objects take their variables and files.

    Raises ValueError, naming them, if there are some that cannot; with `skip_mismatch` it warns.
    """
    failed = {}

    def visit(obj, path):
        try:
            if weights is not None and hasattr(obj, "load_own_variables"):
                obj.load_own_variables(weights.get(path))
            if assets is not None and hasattr(obj, "load_assets"):
                folder = os.path.join(assets, path)
                obj.load_assets(folder if os.path.exists(folder) else None)
        except Exception as error:
            failed.setdefault(id(obj), (obj, error))
            return False
        failed.pop(id(obj), None)
        return True

    # Files of Keras before 3.14 do not have what is in containers inside of containers.
    def enter(path):
        return weights is None or weights.has_path(path)

    Walk(visit, skip, enter).object(model)
    if failed:
        _complain(list(failed.values()), skip_mismatch)


def _complain(failed, warn_only):
    obj, error = failed[0]
    message = (
        f"A total of {len(failed)} objects could not be loaded. Example error message for object "
        f"{obj}:\n\n{error}\n\nList of objects that could not be loaded:\n"
        f"{[one for one, _ in failed]}"
    )
    if not warn_only:
        raise ValueError(message) from error
    warnings.warn(message, stacklevel=5)
