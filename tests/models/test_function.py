"""Functions made of a graph, and the inputs of a graph."""

import numpy as np
import pytest

import minigrad as mg


@pytest.fixture
def tensors():
    return mg.KerasTensor((None, 3), name="x"), mg.KerasTensor((None, 3), name="y")


@pytest.mark.parametrize("kind", [list, tuple, lambda pair: dict(zip("ab", pair))])
def test_a_function_computes_in_the_structure_it_was_made_with(kind, tensors):
    total = tensors[0] + tensors[1]
    f = mg.Function(kind(tensors), kind([total * 3, total**2]), name="f")
    a, b = np.full((2, 3), 1.0, "float32"), np.full((2, 3), 2.0, "float32")
    result = f(kind([a, b]))
    assert type(result) is type(kind([0, 0])) and f.name == "f"
    first, second = mg.tree.flatten(result)
    assert np.all(first.numpy() == 9) and np.all(second.numpy() == 9)
    assert next(one.name for one in f.operations).startswith("add")
    assert (len(f.inputs), len(f.outputs)) == (2, 2)


def test_a_function_of_symbolic_tensors_is_a_step_of_another_one(tensors):
    f = mg.Function(list(tensors), mg.ops.exp(tensors[0] * tensors[1]))
    x = mg.KerasTensor((4, 3))
    y = f([x, x])
    assert y.shape == (4, 3) and f.compute_output_shape([(None, 3), (5, 3)]) == (5, 3)
    g = mg.Function(x, y + 1)
    np.testing.assert_allclose(g(np.ones((4, 3))).numpy(), np.e + 1, rtol=1e-6)


def test_what_comes_before_its_inputs_is_left_out(tensors):
    middle = tensors[0] * 2
    f = mg.Function(middle, middle + 1)
    assert len(f.operations) == 1 and f(np.float32([[3, 3, 3]])).numpy().tolist() == [[4, 4, 4]]


def test_other_inputs_than_it_was_made_for_are_refused(tensors):
    f = mg.Function(list(tensors), tensors[0] + tensors[1])
    for inputs, message in (
        (np.ones((2, 3)), "invalid input structure"),
        ([np.ones((2, 3, 3)), np.ones((2, 3))], "incompatible inputs"),
        ([np.ones((2, 4)), np.ones((2, 3))], "incompatible inputs"),
    ):
        with pytest.raises(ValueError, match=message):
            f(inputs)
    for arguments, message in (
        (([], tensors[0]), "`inputs` argument cannot be empty"),
        ((tensors[0], []), "`outputs` argument cannot be empty"),
        ((tensors[0], tensors[1] * 2), "Graph disconnected"),
    ):
        with pytest.raises(ValueError, match=message):
            mg.Function(*arguments)


def test_gradients_flow_through_a_function(tensors):
    f = mg.Function(list(tensors), mg.ops.sum(tensors[0] * tensors[1]))
    a, b = mg.Tensor(np.ones((1, 3)), requires_grad=True), np.full((1, 3), 5.0)
    f([a, b]).backward()
    assert a.grad.numpy().tolist() == [[5, 5, 5]]


def test_sources_are_found_once_and_in_order(tensors):
    x, y = tensors
    z = (x + y) * x
    assert [one is other for one, other in zip(mg.utils.get_source_inputs(z), (x, y))] == [1, 1]
    inputs = mg.Input((3,))
    assert mg.utils.get_source_inputs(inputs) == [inputs]
    for _ in range(3000):
        x = x + 1
    assert mg.utils.get_source_inputs(x)[0] is tensors[0]
