"""One step or several at once."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import Tensor
from minigrad.autograd.tensor import wrap
from minigrad.training.execution import Execution, concatenate, last


def square(batch):
    return {"y": Tensor(np.asarray(batch) ** 2)}


@pytest.mark.parametrize("jit_compile", [False, "auto"])
def test_each_batch_is_a_step(jit_compile):
    run = Execution(square, concatenate, jit_compile)
    assert run([Tensor([2.0])])["y"].tolist() == [4.0]
    assert run([Tensor([2.0]), Tensor([3.0, 4.0])])["y"].tolist() == [4.0, 9.0, 16.0]


def test_logs_are_those_of_the_last_step():
    assert Execution(lambda batch: {"loss": batch}, last, False)([1, 2, 3]) == {"loss": 3}


@pytest.mark.parametrize("jit_compile", [False, "auto"])
def test_a_step_that_keeps_a_view_of_an_array_keeps_a_copy(jit_compile):
    kept = []
    base = np.ones((4, 2), "float32")

    def step(batch):
        kept.append(batch)
        return float(batch[0, 0])  # which cannot be compiled

    run = Execution(step, last, jit_compile)
    for _ in range(5):
        run([wrap(base[:2])])
    base[:] = 7
    assert len(kept) >= 5
    assert all((np.asarray(batch) == 1).all() for batch in kept)


def test_a_train_function_of_the_users_gets_batches_of_its_own():
    kept = []

    class Keeping(mg.Sequential):
        def make_train_function(self, force=False):
            def train_function(batches):
                kept.append(batches)
                return {}

            self.train_function = train_function

    x = np.ones((4, 2), "float32")
    model = Keeping([mg.Input((2,)), mg.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, x[:, :1], verbose=0)
    x[:] = 7
    assert (np.asarray(kept[0][0][0]) == 1).all()
