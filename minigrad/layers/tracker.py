"""Which variables, layers, metrics and seeds a layer holds in its attributes, however nested."""

from collections import OrderedDict

from minigrad import tree


class Tracker:
    """Sorts what is assigned to attributes into lists.

    Args:
        kinds: `{name of a list: test}`; what passes the first test that fits goes into that list.
    """

    def __init__(self, kinds):
        self.kinds = kinds
        self.lists = {name: [] for name in kinds}
        self.locked = False

    def track(self, value):
        """Note `value`, or what it contains; returns it, containers as ones that keep tracking."""
        for name, belongs in self.kinds.items():
            if belongs(value):
                if not self.contains(value):
                    self.add(name, value)
                return value
        if isinstance(value, tuple):
            items = [self.track(item) for item in value]
            return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
        kind = _TRACKED.get(type(value))
        return value if kind is None else kind(value, self)

    def contains(self, value):
        # A variable whose `trainable` has changed stays in the list that it came into.
        return any(value is one for kept in self.lists.values() for one in kept)

    def add(self, name, value):
        if self.locked:
            raise ValueError(
                "You cannot add new elements of state (variables or sub-layers) to a layer that is "
                "already built. All state must be created in the `__init__()` method or in the "
                f"`build()` method. Received: {value!r}"
            )
        self.lists[name].append(value)

    def untrack(self, value):
        for kept in self.lists.values():
            kept[:] = [one for one in kept if one is not value]

    def lock(self):
        self.locked = True

    def unlock(self):
        self.locked = False


class _Tracked:
    """What containers that are tracked have in common."""

    tracker = None

    def _in(self, value):
        return value if self.tracker is None else self.tracker.track(value)

    def _out(self, value):
        if self.tracker is not None:
            self.tracker.untrack(value)


class TrackedList(_Tracked, list):
    """A list in an attribute of a layer: what is put into it later is tracked too."""

    def __init__(self, values=(), tracker=None):
        super().__init__(tracker.track(value) for value in values)
        self.tracker = tracker

    def append(self, value):
        super().append(self._in(value))

    def insert(self, index, value):
        super().insert(index, self._in(value))

    def extend(self, values):
        super().extend([self._in(value) for value in values])

    def __iadd__(self, values):
        self.extend(values)
        return self

    def __setitem__(self, index, value):
        if isinstance(index, slice):
            value = [self._in(one) for one in value]
        else:
            value = self._in(value)
        super().__setitem__(index, value)

    def remove(self, value):
        # By identity first: variables compare element by element.
        for index, one in enumerate(self):
            if one is value:
                del self[index]
                return
        super().remove(value)

    def pop(self, index=-1):
        value = super().pop(index)
        self._out(value)
        return value

    def clear(self):
        for value in self:
            self._out(value)
        super().clear()

    def __delitem__(self, index):
        gone = self[index] if isinstance(index, slice) else [self[index]]
        super().__delitem__(index)
        for value in gone:
            self._out(value)

    def __reduce__(self):
        # The tracker is set when the layer that owns the list is.
        return _restored_list, (list(self), self.tracker)


def _restored_list(values, tracker):
    restored = TrackedList.__new__(TrackedList)
    list.extend(restored, values)
    restored.tracker = tracker
    return restored


class _TrackedMapping(_Tracked):
    """What dict and OrderedDict have in common when they are tracked."""

    def __init__(self, values=(), tracker=None):
        super().__init__()
        self.tracker = tracker
        self.update(values)

    def __setitem__(self, key, value):
        super().__setitem__(key, self._in(value))

    def update(self, *args, **kwargs):
        for key, value in dict(*args, **kwargs).items():
            self[key] = value

    def __ior__(self, other):
        self.update(other)
        return self

    def setdefault(self, key, default=None):
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key, *default):
        value = super().pop(key, *default)
        self._out(value)
        return value

    def popitem(self, *args):
        key, value = super().popitem(*args)
        self._out(value)
        return key, value

    def clear(self):
        for key in list(self):
            self.pop(key)

    def __delitem__(self, key):
        value = self[key]
        super().__delitem__(key)
        self._out(value)

    def __reduce__(self):
        return _restored_mapping, (type(self), list(self.items()), self.tracker)


def _restored_mapping(kind, items, tracker):
    restored = kind(())
    restored.update(items)
    restored.tracker = tracker
    return restored


class TrackedDict(_TrackedMapping, dict):
    """A dict in an attribute of a layer: what is put into it later is tracked too."""


class TrackedOrderedDict(_TrackedMapping, OrderedDict):
    """The same for an OrderedDict."""


class TrackedSet(_Tracked, set):
    """A set in an attribute of a layer: what is put into it later is tracked too."""

    def __init__(self, values=(), tracker=None):
        super().__init__(tracker.track(value) for value in values)
        self.tracker = tracker

    def add(self, value):
        super().add(self._in(value))

    def update(self, *others):
        for other in others:
            for value in other:
                self.add(value)

    def __ior__(self, other):
        self.update(other)
        return self

    def remove(self, value):
        super().remove(value)
        self._out(value)

    def discard(self, value):
        super().discard(value)
        self._out(value)

    def pop(self):
        value = super().pop()
        self._out(value)
        return value

    def clear(self):
        while self:
            self.pop()

    def __reduce__(self):
        return _restored_set, (list(self), self.tracker)


def _restored_set(values, tracker):
    restored = TrackedSet.__new__(TrackedSet)
    set.update(restored, values)
    restored.tracker = tracker
    return restored


_TRACKED = {
    list: TrackedList,
    TrackedList: TrackedList,
    dict: TrackedDict,
    TrackedDict: TrackedDict,
    OrderedDict: TrackedOrderedDict,
    TrackedOrderedDict: TrackedOrderedDict,
    set: TrackedSet,
    TrackedSet: TrackedSet,
}

tree.register_tree_node(TrackedList, lambda x: (x, None), lambda _, children: list(children))
for _kind in (TrackedDict, TrackedOrderedDict):
    tree.register_tree_node(
        _kind,
        lambda x: ([x[key] for key in sorted(x)], sorted(x), sorted(x)),
        lambda keys, children: dict(zip(keys, children, strict=True)),
    )
