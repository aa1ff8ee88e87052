"""The one door: what it takes, what it gives, what it tells, and how primitives are declared."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import KerasTensor, Tensor, ops
from minigrad.autograd import Primitive, primitive
from minigrad.autograd.operators import OPS
from minigrad.autograd.primitive import PRIMITIVES, op
from minigrad.autograd.record import listening

TWICE = Primitive("twice", lambda x: x + x, (lambda g, out, x: g + g,), inputs="x")
SUM_AND_PRODUCT = Primitive(
    "sum_and_product",
    lambda a, b: (a + b, a * b),
    lambda g, out, a, b: (g[0] + g[1] * b, g[0] + g[1] * a),
    shape=lambda a, b: [a.shape, a.shape],
)


@pytest.mark.parametrize(
    "x",
    [2.0, 2, np.float32(2), np.ones(3, "f4"), [1.0, 2.0], Tensor([1.0]), mg.Variable([1.0])],
    ids=lambda x: type(x).__name__,
)
def test_everything_that_is_like_a_tensor_goes_in_and_a_tensor_comes_out(x):
    found = TWICE(x)
    assert isinstance(found, Tensor) and np.allclose(found, 2 * np.asarray(x, "f4"))


def test_a_primitive_is_called_by_the_names_of_its_inputs_too():
    assert ops.add(x1=1.0, x2=2.0).item() == 3 and ops.add(1.0, x2=2.0).item() == 3
    assert ops.exp(x=0.0).item() == 1
    with pytest.raises(TypeError):
        ops.add(1.0, y=2.0)
    with pytest.raises(TypeError):
        ops.add(1.0)


def test_several_results_each_send_their_gradient_back():
    a, b = Tensor([2.0], requires_grad=True), Tensor([5.0], requires_grad=True)
    total, product = SUM_AND_PRODUCT(a, b)
    (total * 10 + product).backward()
    assert (a.grad.item(), b.grad.item()) == (15, 12)
    _, product = SUM_AND_PRODUCT(a, b)  # the sum is not used: its gradient is 0
    a.grad = None
    product.backward(create_graph=True)
    assert a.grad.item() == 5
    total, product = SUM_AND_PRODUCT(KerasTensor((None,)), 2.0)
    assert total.shape == product.shape == (None,)


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
def test_halves_are_computed_in_float32_and_rounded_once(half):
    seen = []
    watch = Primitive("watch", lambda x: seen.append(str(x.dtype)) or x * 1, (None,), inputs="x")
    found = watch(Tensor([1.0], half))
    assert seen == ["float32"] and found.dtype == half
    big = Tensor([60000.0], "float16")
    assert ops.mean(ops.concatenate([big, big])).item() == 60000  # the sum would overflow


def test_rules_of_none_stop_the_gradient():
    first = Primitive("first", lambda a, b: a * b, (lambda g, out, a, b: g * b, None))
    a, b = Tensor(2.0, requires_grad=True), Tensor(3.0, requires_grad=True)
    first(a, b).backward()
    assert a.grad.item() == 3 and b.grad is None
    nothing = Primitive("nothing", lambda x: x, None, inputs="x")
    assert not nothing(a).requires_grad


def test_a_rule_may_give_one_number_for_many_elements():
    total = Primitive("total", lambda x: x.sum(), (lambda g, out, x: g,), shape=lambda x: ())
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    total(x).backward()
    assert x.grad.shape == (2, 3) and np.all(x.grad.numpy() == 1)


def test_listeners_hear_of_every_operation_and_of_the_walk_back():
    heard = []

    def note(primitive, inputs, params, outputs):
        heard.append((primitive.name, len(inputs), isinstance(outputs, Tensor)))

    x = Tensor([1.0, 2.0], requires_grad=True)
    with listening(note):
        y = ops.sum(ops.tanh(x) * 3)
        forward = list(heard)
        y.backward()
    assert forward == [("tanh", 1, True), ("multiply", 2, True), ("reduce_sum", 1, True)]
    assert len(heard) > len(forward)
    plain = Tensor([1.0, 2.0], requires_grad=True)
    ops.sum(ops.tanh(plain) * 3).backward()
    assert np.allclose(x.grad, plain.grad)


def test_a_name_is_declared_once():
    with pytest.raises(ValueError, match="'tanh' is declared twice"):
        primitive("tanh", np.tanh)
    assert PRIMITIVES["tanh"] is ops.tanh is OPS["tanh"]
    assert repr(ops.tanh) == "<primitive tanh>" and ops.tanh.__name__ == "tanh"


def test_an_op_is_a_function_with_values_and_a_node_without():
    @op
    def doubled_for_the_test(x, times=2):
        """x times a number."""
        return x * times

    try:
        assert doubled_for_the_test(Tensor(3.0)).item() == 6
        symbolic = doubled_for_the_test(x=KerasTensor((2,)), times=3)
        assert symbolic.node.operation.name.startswith("doubled_for_the_test")
        assert OPS["doubled_for_the_test"] is doubled_for_the_test
        assert doubled_for_the_test.__doc__ == "x times a number."
    finally:
        del OPS["doubled_for_the_test"]


def test_errors_of_shapes_come_with_both_shapes():
    with pytest.raises(ValueError, match=r"\(2,3\) .*\(2,\)"):
        ops.ones((2, 3)) + ops.ones(2)


def test_zero_divisions_and_overflows_are_values_not_warnings():
    x = Tensor([0.0, -1.0, 1e38], requires_grad=True)
    found = ops.log(x) * (x * 1e10) / x
    found.sum().backward()
    assert np.isnan(found.numpy()[:2]).all() and np.isinf(found.numpy()[2])


def test_a_float64_scalar_of_numpy_is_as_weak_as_a_python_float():
    x = Tensor([1.0, 2.0])
    assert (x * np.sqrt(2)).dtype == "float32"
    assert (np.sqrt(2) * x).dtype == "float32"
    assert (x * np.ones(2)).dtype == "float64"
