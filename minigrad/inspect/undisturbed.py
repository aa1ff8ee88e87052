"""Whatever a tool computes, trains or draws at random, afterwards all is as it was."""

import random
from contextlib import contextmanager

import numpy as np

from minigrad import tree
from minigrad.random import seed_generator
from minigrad.training.data.adapter import as_batch

_MARKS = ("history", "stop_training", "stop_evaluating", "stop_predicting", "_initial_epoch")


def all_variables(model):
    """Every Variable of a model: weights, seeds, metrics, and what its optimizer remembers."""
    found = [*model.variables, *model.metrics_variables]
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None:
        found += optimizer.variables
    return list({id(variable): variable for variable in found}.values())


@contextmanager
def undisturbed(model=None):
    """In the block anything may happen to `model` and to random numbers; all of it is undone.

    Values of Variables, their gradients, the states of all random generators and the marks that a
    training leaves on the model come back bit for bit. Weights that are made inside stay.

    >>> import minigrad as mg
    >>> from minigrad.inspect.undisturbed import undisturbed
    >>> model = mg.Sequential([mg.Input((1,)), mg.layers.Dense(1, kernel_initializer="ones")])
    >>> with undisturbed(model):
    ...     model.layers[0].kernel.assign([[5.0]])
    Tensor([[5.]], shape=(1, 1), dtype=float32)
    >>> model.layers[0].kernel.numpy()
    array([[1.]], dtype=float32)
    """
    states = random.getstate(), np.random.get_state()
    generators = dict(seed_generator._global)
    variables = [] if model is None else all_variables(model)
    variables += [generator.state for generator in generators.values()]
    values = [None if one._current() is None else one.numpy() for one in variables]
    gradients = [variable._leaf.grad for variable in variables]
    marks = {name: vars(model)[name] for name in _MARKS if name in vars(model)} if model else {}
    try:
        yield
    finally:
        for variable, value, gradient in zip(variables, values, gradients, strict=True):
            if value is not None and variable.numpy().tobytes() != value.tobytes():
                variable.assign(value)
            variable._leaf.grad = gradient
        for name in _MARKS if model else ():
            vars(model).pop(name, None)
        if model:
            vars(model).update(marks)
        seed_generator._global.clear()
        seed_generator._global.update(generators)
        random.setstate(states[0])
        np.random.set_state(states[1])


def data_of(x):
    """Inputs as they are; but numbers in lists are one array."""
    if isinstance(x, list) and all(isinstance(one, (int, float)) for one in tree.flatten(x)):
        return np.asarray(x)
    return x


def arrays_of(x):
    """A structure of inputs as Tensors of the kinds that a model takes."""
    return as_batch((data_of(x),))[0]


def rows_of(x, rows):
    """Some rows of every array in a structure."""
    return tree.map_structure(lambda one: np.asarray(one)[rows], data_of(x))


def length_of(x):
    """The number of rows of the arrays in a structure."""
    return len(np.asarray(tree.flatten(data_of(x))[0]))
