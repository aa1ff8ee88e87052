"""Operation: a step of one's own in a symbolic graph."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import KerasTensor, Operation, naming, ops


class Scaled(Operation):
    def __init__(self, factor, offset=0.0, *, name=None):
        super().__init__(name=name)
        self.factor, self.offset = factor, offset

    def call(self, x):
        return self.factor * x + self.offset


def test_with_values_it_computes():
    assert Scaled(2.0, 1.0)(ops.ones(3)).numpy().tolist() == [3, 3, 3]


def test_on_symbolic_tensors_it_is_a_step():
    naming.reset()
    x = KerasTensor((None, 3), "float16")
    op = Scaled(2.0)
    with pytest.raises(AttributeError, match="never been called"):
        op.input  # noqa: B018
    y = op(x)
    assert (y.shape, y.dtype) == ((None, 3), "float16") and op.name == "scaled"
    assert op.input is x and op.output is y and y.node.operation is op
    assert op(x=x) is not y and op.output is y and len(op._inbound_nodes) == 2


def test_it_is_part_of_a_functional_model():
    x = mg.Input((3,))
    y = Scaled(3.0)(x * 2)
    model = mg.Model(x, ops.sum(y, axis=-1))
    assert model(np.ones((2, 3), "f4")).numpy().tolist() == [18, 18]


def test_its_config_makes_another():
    op = Scaled(2.0, name="mine")
    assert op.get_config() == {"factor": 2.0, "offset": 0.0, "name": "mine"}
    again = Scaled.from_config(op.get_config())
    assert (again.factor, again.name) == (2.0, "mine") and repr(again) == "<Operation name=mine>"


def test_errors_say_what_is_wrong():
    with pytest.raises(ValueError, match="character `/`"):
        Scaled(1.0, name="a/b")
    with pytest.raises(NotImplementedError, match="does not define `call"):
        Operation()(1.0)
