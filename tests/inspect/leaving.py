"""What every tool must leave as it was: weights, seeds, optimizer, gradients, random states."""

import random
from contextlib import contextmanager

import numpy as np

import minigrad as mg
from minigrad.inspect.undisturbed import all_variables


def state_of(model):
    values = {id(v): v.numpy().tobytes() for v in all_variables(model)}
    gradients = [v.grad for v in model.trainable_variables]
    return values, gradients, random.getstate(), np.random.get_state()[1].tobytes(), model.trainable


@contextmanager
def left_as_it_was(model):
    """Fails if the block changes any bit of the model, or any random state."""
    before = state_of(model)
    marks = vars(model).get("history"), model.stop_training
    yield
    after = state_of(model)
    for what, old, new in zip(("variables", "gradients", "random", "numpy", "flag"), before, after):
        assert old == new, what
    assert marks == (vars(model).get("history"), model.stop_training)


def trained(jit_compile="auto", classes=3, loss="sparse_categorical_crossentropy", seed=0, **more):
    """A small model that has been trained a little, and its data."""
    mg.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(48, 2)).astype("float32")
    y = (x @ rng.normal(size=(2, classes))).argmax(1)
    layers = mg.layers
    model = mg.Sequential(
        [
            layers.Input((2,)),
            layers.Dense(8, activation="relu", name="hidden"),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.2, name="drop"),
            layers.Dense(classes, activation="softmax", name="answer"),
        ]
    )
    model.compile("adam", loss, metrics=["accuracy"], jit_compile=jit_compile, **more)
    model.fit(x, y, epochs=2, batch_size=16, verbose=0)
    return model, x, y
