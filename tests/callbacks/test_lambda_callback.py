"""A callback made of functions."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers
from minigrad.callbacks import Callback, LambdaCallback

X, Y = np.ones((4, 2), "float32"), np.zeros((4, 1), "float32")
HOOKS = sorted(name for name in dir(Callback) if name.startswith("on_"))


@pytest.mark.parametrize("hook", HOOKS)
def test_every_moment_can_have_a_function(hook):
    called = []
    callback = LambdaCallback(**{hook: lambda *args, **kwargs: called.append(args)})
    model = mg.Sequential([layers.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0, validation_data=(X, Y), callbacks=[callback])
    model.predict(X, verbose=0, callbacks=[callback])
    assert len(called) == 1


def test_other_arguments_become_attributes():
    assert LambdaCallback(note=3).note == 3
