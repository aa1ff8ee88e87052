"""What training does so that several processes train one model; nothing where there is one."""

import contextlib

from minigrad.callbacks.training_state import portable_random_states, set_portable_random_states
from minigrad.distribution.active import distribution


@contextlib.contextmanager
def in_all_processes():
    """A block that ends all processes if it fails in one: the others would wait for it for ever."""
    active = distribution()
    if active is None:
        yield
        return
    try:
        yield
        active.finish()
    except BaseException as error:
        active.fail(error)
        raise


def begin(model, initial_epoch, state):
    """Start from the weights and random numbers of the first process, which may have a backup.

    Returns:
        The first epoch, and the state of a training that was interrupted or None.
    """
    active = distribution()
    if active is None:
        return initial_epoch, state
    value = [initial_epoch, state, portable_random_states()]
    initial_epoch, state, states = active.begin(_variables(model), value)
    set_portable_random_states(states)
    return initial_epoch, state


def somewhere(flag):
    """Whether a flag is set in one of the processes."""
    active = distribution()
    return flag if active is None else active.any(flag)


def unite(model, states=True):
    """Make metrics those of all rows, and moving averages (`states`) the mean of the processes'."""
    active = distribution()
    if active is None:
        return
    active.sum_metrics(model.metrics_variables)
    if states:
        active.mean_of_states(model.non_trainable_weights)


def _variables(model):
    return [*model.variables, *getattr(model.optimizer, "variables", ())]
