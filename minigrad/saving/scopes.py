"""What holds for all reading and writing inside a `with`: safety, and sharing of objects."""

import threading

from minigrad import settings


class _OfThread(threading.local):
    safe_mode = None
    configs = None  # id of an object -> its config, while sharing is on
    objects = None  # shared_object_id -> the object made from it


_of_thread = _OfThread()


class SafeModeScope:
    """A context that says for all nested reading whether lambdas are refused (`safe_mode=True`)."""

    def __init__(self, safe_mode=True):
        self.safe_mode = safe_mode
        self._outer = []

    def __enter__(self):
        self._outer.append(_of_thread.safe_mode)
        _of_thread.safe_mode = self.safe_mode
        return self

    def __exit__(self, *exc_info):
        _of_thread.safe_mode = self._outer.pop()


def in_safe_mode():
    """The flag of the innermost `SafeModeScope`; outside of one False where
    `config.enable_unsafe_deserialization()` was called, else None."""
    if _of_thread.safe_mode is None and settings.is_unsafe_deserialization_enabled():
        return False
    return _of_thread.safe_mode


class ObjectSharingScope:
    """A context in which an object that occurs twice is written with an id and made once."""

    def __enter__(self):
        self._outer = _of_thread.configs, _of_thread.objects
        _of_thread.configs, _of_thread.objects = {}, {}
        return self

    def __exit__(self, *exc_info):
        _of_thread.configs, _of_thread.objects = self._outer


def shared(obj, config):
    """`config`, marked with an id if the object has been written before in a sharing scope."""
    configs = _of_thread.configs
    if configs is not None:
        # With the object, lest another one gets its id.
        _, first = configs.setdefault(id(obj), (obj, config))
        if first is not config:
            first["shared_object_id"] = config["shared_object_id"] = id(obj)
    return config


def get_shared_object(shared_id):
    """The object that was made from a config with this id in the sharing scope, or None."""
    return (_of_thread.objects or {}).get(shared_id)


def remember_shared_object(shared_id, obj):
    """Keep an object for the next config with its id, in a sharing scope."""
    if shared_id is not None and _of_thread.objects is not None:
        _of_thread.objects[shared_id] = obj
