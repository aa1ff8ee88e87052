"""One step or several at once."""

import numpy as np
import pytest

from minigrad import Tensor
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
