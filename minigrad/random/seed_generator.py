"""SeedGenerator: gives a new seed at every call, and keeps where it stands in a Variable."""

import random as python_random

import numpy as np

from minigrad import naming
from minigrad.autograd.operators import OPS
from minigrad.autograd.record import THREAD
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import Tensor, wrap
from minigrad.saving.configurable import Configurable
from minigrad.stateless_scope import get_stateless_scope
from minigrad.variable import Variable

SEED_DTYPE = "uint32"
_ONE_FURTHER = wrap(np.array([0, 1], SEED_DTYPE))
_global = {}
_process = {"key": None}


class SeedGenerator(Configurable):
    """A source of seeds, all different: each is (seed, how many there were before).

    The numbers drawn with a seed are those of Philox (see `minigrad.kernels.random`) under that
    key.

    Args:
        seed: A whole number; a random one if None.
        name: Its name; made up if None.

    Attributes:
        state: A Variable of two whole numbers, the next seed.

    >>> from minigrad import random
    >>> generator = random.SeedGenerator(seed=42)
    >>> a, b = random.normal((2,), seed=generator), random.normal((2,), seed=generator)
    >>> bool((a == b).any())
    False
    """

    def __init__(self, seed=None, name=None, **kwargs):
        kwargs.pop("backend", None)
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments: {kwargs}")
        self.name = name or naming.auto_name(type(self).__name__)
        self._initial_seed = seed
        if seed is None:
            seed = make_default_seed()
        if not isinstance(seed, int):
            raise ValueError(f"Argument `seed` must be an integer. Received: seed={seed}")
        with naming.name_scope(self.name, caller=self):
            self.state = Variable(
                lambda shape, dtype: _first_seed(seed),
                shape=(2,),
                dtype=SEED_DTYPE,
                trainable=False,
                aggregation="none",
                name="seed_generator_state",
            )

    def next(self, ordered=True):
        """The next seed, a Tensor of two whole numbers. `ordered` changes nothing here."""
        state, mode = self.state, THREAD.mode
        seed = state.value
        observed = mode.tracer is not None or mode.listeners or get_stateless_scope() is not None
        if observed or type(seed) is not Tensor:
            state.assign(seed + _ONE_FURTHER)
        else:  # the short way
            state._set(wrap(seed._value + _ONE_FURTHER._value))
        key = _process["key"]
        return seed if key is None else OPS["bitwise_xor"](seed, key)

    def save_own_variables(self, store):
        """Put the next seed into a file's `store`."""
        store["0"] = self.state

    def load_own_variables(self, store):
        """Take the next seed from a file's `store`; files of Keras have none, and leave it."""
        if "0" in store:
            self.state.assign(store["0"])

    def get_config(self):
        """The constructor's arguments."""
        return {"seed": self._initial_seed, "name": self.name}

    @classmethod
    def from_config(cls, config):
        """A generator from what `get_config` gave."""
        return cls(**config)


def _first_seed(seed):
    """A whole number as a seed; its bits beyond 32 are folded in."""
    low, high = seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF
    if seed < 0:
        high = 0
    return wrap(np.array([low ^ high, 0], SEED_DTYPE))


def set_process_number(number):
    """Let this process draw numbers of its own from the generators that all processes share.

    Those of process 0 are the numbers of a program with one process.
    """
    key = np.array([(number * 0x9E3779B9) & 0xFFFFFFFF, 0], SEED_DTYPE)
    _process["key"] = wrap(key) if number else None


def make_default_seed():
    """A seed from Python's `random`, which `utils.set_random_seed` sets too."""
    return python_random.randint(1, int(1e9))


def global_seed_generator():
    """The generator of functions that get no seed."""
    if "generator" not in _global:
        _global["generator"] = SeedGenerator()
    return _global["generator"]


def has_global_seed_generator():
    """Whether numbers were drawn without a seed, since the beginning or `set_random_seed`."""
    return "generator" in _global


def reset_global_seed_generator():
    """Forget the global generator; the next one starts from a seed of Python's `random`."""
    _global.clear()


def draw_seed(seed):
    """A seed as a Tensor of two whole numbers: from an int, a SeedGenerator, or the global one.

    Raises ValueError for anything else.
    """
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if isinstance(seed, int):
        return _first_seed(seed)
    if seed is None:
        return global_seed_generator().next()
    if isinstance(seed, (Tensor, KerasTensor)) and tuple(seed.shape) == (2,):
        return seed
    raise ValueError(
        "Argument `seed` must be either an integer or an instance of `SeedGenerator`. "
        f"Received: seed={seed} (of type {type(seed)})"
    )


OPS["draw_seed"] = draw_seed
