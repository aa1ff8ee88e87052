"""Config: named values, as attributes or as a dict, that can be frozen."""

import difflib
import json


class Config:
    """Named values of an experiment: attributes that are entries of a dict too.

    Args:
        kwargs: The values.

    Raises:
        AttributeError: reading a name that is not there.
        ValueError: changing anything once it is frozen.

    >>> config = Config(learning_rate=0.1)
    >>> config.seed = 3
    >>> config["seed"], config.to_json()
    (3, '{"learning_rate": 0.1, "seed": 3}')
    >>> config.freeze()
    >>> config.seed = 4
    Traceback (most recent call last):
    ValueError: Cannot mutate attribute(s) because the config is frozen. ...
    """

    def __init__(self, **kwargs):
        object.__setattr__(self, "_config", kwargs)
        object.__setattr__(self, "_frozen", False)

    @property
    def frozen(self):
        """Whether nothing may change."""
        return self._frozen

    def freeze(self):
        """Refuse all changes from now on."""
        object.__setattr__(self, "_frozen", True)

    def unfreeze(self):
        """Allow changes again."""
        object.__setattr__(self, "_frozen", False)

    def _to_change(self):
        if self._frozen:
            raise ValueError(
                "Cannot mutate attribute(s) because the config is frozen. Call `unfreeze()` first. "
                f"Received: config={self}"
            )
        return self._config

    def as_dict(self):
        """The values as a dict of its own."""
        return dict(self._config)

    def to_json(self):
        """The values as JSON."""
        return json.dumps(self._config)

    def keys(self):
        """The names, in the order in which they came."""
        return self._config.keys()

    def values(self):
        """The values."""
        return self._config.values()

    def items(self):
        """Pairs of names and values."""
        return self._config.items()

    def get(self, keyname, value=None):
        """The value of a name, or `value` if there is none."""
        return self._config.get(keyname, value)

    def pop(self, *args):
        """Take a value out, as `dict.pop` does."""
        return self._to_change().pop(*args)

    def update(self, *args, **kwargs):
        """Set several values, as `dict.update` does."""
        return self._to_change().update(*args, **kwargs)

    def __setattr__(self, name, value):
        if hasattr(type(self), name):
            raise AttributeError(
                f"`{name}` is a method of Config; write config[{name!r}] for a value of that name."
            )
        self._to_change()[name] = value

    def __getattr__(self, name):
        if name.startswith("__") or name in ("_config", "_frozen"):
            raise AttributeError(name)  # a copy in the making has no values yet
        if name in self._config:
            return self._config[name]
        near = difflib.get_close_matches(name, self._config.keys(), n=1, cutoff=0.7)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise AttributeError(f"Unknown attribute: '{name}'.{hint}")

    def __setitem__(self, key, item):
        self._to_change()[key] = item

    def __getitem__(self, key):
        return self._config[key]

    def __delitem__(self, key):
        del self._to_change()[key]

    def __iter__(self):
        return iter(sorted(self._config))

    def __len__(self):
        return len(self._config)

    def __contains__(self, item):
        return item in self._config

    def __repr__(self):
        return f"<Config {self._config}>"

    def __getstate__(self):
        return {"_config": self._config, "_frozen": self._frozen}

    def __setstate__(self, state):
        for name, value in state.items():
            object.__setattr__(self, name, value)
