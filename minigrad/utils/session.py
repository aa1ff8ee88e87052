"""Starting again with names and switches."""

import gc

from minigrad import naming, settings


def clear_session(free_memory=True):
    """Forget the names given so far, open scopes, and what has been switched on.

    Args:
        free_memory: Whether to run the garbage collector, which frees models that are out of use.

    >>> from minigrad import layers, utils
    >>> utils.clear_session()
    >>> layers.Dense(1).name
    'dense'
    """
    naming.reset()
    settings.reset_session()
    if free_memory:
        gc.collect()
