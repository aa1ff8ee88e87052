"""One call that makes a program repeatable."""

import random

import numpy as np

from minigrad import settings
from minigrad.random.seed_generator import reset_global_seed_generator


def set_random_seed(seed):
    """Set the seeds of Python's `random`, of NumPy's global generator and of minigrad.

    Two runs on one machine then compute the same bits, whatever the number of Numba's threads.
    (NumPy's matrix products round differently with another number of BLAS threads.)

    Args:
        seed: A whole number from 0 to 2**32 - 1.

    >>> from minigrad import random, utils
    >>> utils.set_random_seed(7)
    >>> a = random.normal((3,))
    >>> utils.set_random_seed(7)
    >>> bool((a == random.normal((3,))).all())
    True
    """
    if not isinstance(seed, int):
        raise ValueError(
            "Expected `seed` argument to be an integer. "
            f"Received: seed={seed} (of type {type(seed)})"
        )
    random.seed(seed)
    np.random.seed(seed)
    settings.set_seed(seed)
    reset_global_seed_generator()
