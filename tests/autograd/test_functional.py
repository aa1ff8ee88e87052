"""JAX's form: grad, value_and_grad, vjp, jacobian, hessian, and gradients of one's own."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import Tensor, custom_gradient, grad, hessian, jacobian, ops, value_and_grad, vjp


def test_grad_has_the_structure_of_the_argument():
    found = grad(lambda p: p["w"] * 2 + ops.sum(p["b"][0]))({"w": 1.0, "b": [np.ones(3)]})
    assert found["w"].item() == 2 and found["b"][0].numpy().tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("argnums", "expected"), [(0, 6.0), (1, 4.0), (-1, 4.0), ((0, 1), (6.0, 4.0)), ([1], (4.0,))]
)
def test_argnums_choose_the_arguments(argnums, expected):
    value, found = value_and_grad(lambda x, y, scale=1: scale * x * y, argnums)(2.0, 3.0, scale=2)
    assert value.item() == 12
    if isinstance(expected, tuple):
        assert isinstance(found, tuple) and tuple(one.item() for one in found) == expected
    else:
        assert found.item() == expected


def test_aux_comes_along():
    (value, aux), found = value_and_grad(lambda x: (x * x, {"twice": 2 * x}), has_aux=True)(3.0)
    assert (value.item(), aux["twice"].item(), found.item()) == (9, 6, 6)
    found, aux = grad(lambda x: (x * x, "aux"), has_aux=True)(3.0)
    assert (found.item(), aux) == (6, "aux")


def test_an_unused_argument_has_a_gradient_of_zeros():
    found = grad(lambda x, y: ops.sum(y), argnums=(0, 1))(np.ones((2, 2)), np.ones(3))
    assert not np.any(found[0]) and found[0].shape == (2, 2)
    assert found[1].numpy().tolist() == [1, 1, 1]
    _, pull = vjp(lambda x: Tensor(1.0), [1.0, 2.0])
    assert [g.item() for g in pull(1.0)[0]] == [0, 0]


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: grad(lambda x: x * x)([1.0, 2.0]), TypeError, "can't multiply"),
        (lambda: grad(lambda x: x * x)(np.ones(2)), ValueError, "scalar result"),
        (lambda: grad(lambda x: x * x)(2), TypeError, "Pass 2.0 instead of 2"),
        (lambda: grad(lambda x: x * x, argnums=1)(2.0), ValueError, "too few positional"),
        (lambda: jacobian(lambda x: x * x)([1, 2]), TypeError, "argument 0 of dtype int32"),
        (lambda: jacobian(lambda x: x * x, argnums=1)(2.0), ValueError, "too few positional"),
    ],
)
def test_errors_say_what_is_wrong(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_grad_of_a_function_of_variables_and_of_watched_tensors():
    x = Tensor(3.0, requires_grad=True)
    y = grad(lambda v: v * v * x)(x)  # 2 v x at v = x, still a function of x
    assert y.item() == 18
    v = mg.Variable(2.0)
    assert grad(lambda w: w * w)(v).item() == 4 and v.grad is None


def test_grad_leaves_the_tape_outside_alone():
    x = Tensor(3.0, requires_grad=True)
    grad(lambda v: v * v)(x)
    assert x.grad is None


def test_third_derivatives_by_nesting():
    assert np.isclose(grad(grad(grad(ops.sin)))(0.7).item(), -np.cos(np.float32(0.7)))
    found = grad(lambda x: grad(lambda y: x * y**3)(x))(2.0)  # d/dx 3 x³, not perturbed
    assert found.item() == 36


def test_vjp_pulls_back_several_results():
    (y, z), pull = vjp(lambda a, b: (a * b, a + b), np.array([1.0, 2.0]), 3.0)
    with pytest.raises(ValueError, match="structure of the result"):
        pull([1.0, 1.0, 1.0])
    with pytest.raises(ValueError, match="shape of the result"):
        pull((1.0, [1.0, 2.0]))
    ga, gb = pull(([1.0, 1.0], [10.0, 10.0]))
    assert ga.numpy().tolist() == [13, 13] and gb.item() == 3 + 20
    assert y.shape == z.shape == (2,)
    _, pull, aux = vjp(lambda a: (a * 2, "aux"), 1.0, has_aux=True)
    assert aux == "aux" and pull(1.0)[0].item() == 2


def test_jacobian_and_hessian_have_the_product_shapes():
    a = np.random.default_rng(0).normal(size=(3, 2))
    assert np.allclose(jacobian(lambda x: ops.matmul(a, x))(np.ones(2)), a)
    found = jacobian(lambda x, y: x[:, None] * y, argnums=(0, 1))(np.ones(2), np.ones(3))
    assert (found[0].shape, found[1].shape) == ((2, 3, 2), (2, 3, 3))
    assert jacobian(lambda x: x[:0])(np.ones(3)).shape == (0, 3)
    m = np.array([[2.0, 1.0], [1.0, 3.0]])
    quadratic = hessian(lambda x: 0.5 * ops.matmul(x, ops.matmul(m, x)))(np.ones(2))
    assert np.allclose(quadratic, m)


def test_a_hessian_over_three_dimensions_of_input():
    x = np.random.default_rng(0).normal(size=(2, 2))
    found = hessian(lambda v: ops.sum(v**3))(x)
    assert found.shape == (2, 2, 2, 2)
    assert np.allclose(found.numpy().reshape(4, 4), np.diag(6 * x.ravel()))


# custom_gradient


def test_custom_gradient_replaces_the_derivative():
    @custom_gradient
    def log1pexp(x):
        e = ops.exp(x)
        return ops.log(1 + e), lambda upstream: upstream * (1 - 1 / (1 + e))

    x = Tensor(100.0, requires_grad=True)
    log1pexp(x).backward()
    assert x.grad.item() == 1
    assert log1pexp.__name__ == "log1pexp"


def test_custom_gradient_in_keras_form_and_with_several_arguments():
    @custom_gradient
    def product(x, y):
        def pull(*args, upstream=None):
            if upstream is None:
                (upstream,) = args
            return upstream * y * 10, upstream * x * 100

        return x * y, pull

    x, y = Tensor(2.0, requires_grad=True), Tensor(3.0, requires_grad=True)
    product(x, y).backward()
    assert (x.grad.item(), y.grad.item()) == (30, 200)


def test_custom_gradient_of_several_results_and_twice():
    @custom_gradient
    def f(x):
        return (x * 1, x * 2), lambda upstream: upstream[0] * x + upstream[1] * x * x

    assert grad(lambda x: f(x)[0] + f(x)[1])(3.0).item() == 12
    assert grad(grad(lambda x: f(x)[0]))(3.0).item() == 1


def test_custom_gradient_without_a_tape_just_computes():
    f = custom_gradient(lambda x: (x * x, lambda upstream: upstream))
    assert f(3.0).item() == 9 and not f(Tensor(3.0)).requires_grad


def test_custom_gradient_of_a_method_and_of_variables():
    class Clip:
        limit = 0.5

        @custom_gradient
        def __call__(self, x):
            return x * 1, lambda upstream: ops.clip(upstream, -self.limit, self.limit)

    v = mg.Variable(1.0)
    (Clip().__call__(v) * 8).backward()
    assert v.grad.item() == 0.5


def test_custom_gradient_must_return_one_gradient_per_argument():
    f = custom_gradient(lambda x, y: (x * y, lambda upstream: upstream))
    with pytest.raises(ValueError, match="one per argument"):
        f(Tensor(1.0, requires_grad=True), Tensor(1.0)).backward()


def test_custom_gradient_finds_arguments_that_are_passed_by_keyword():
    @custom_gradient
    def scaled(x, factor=2.0, *, power=1):
        return x * factor**power, lambda upstream: (upstream * 10, upstream * 100)

    x, factor = Tensor(1.0, requires_grad=True), mg.Variable(3.0)
    scaled(factor=factor, x=x, power=2).backward()
    assert (x.grad.item(), factor.grad.item()) == (10, 100)
    with pytest.raises(TypeError, match="scaled was given 'power' by keyword, and no gradient"):
        scaled(x, factor, power=factor)


# stop_gradient, no_grad


def test_stop_gradient_blocks_and_keeps_values():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = mg.stop_gradient(x * x)
    assert not y.requires_grad and y.numpy().tolist() == [1, 4]
    assert grad(lambda v: v * mg.stop_gradient(v))(3.0).item() == 3
    assert mg.stop_gradient(mg.Variable(1.0)).requires_grad is False


def test_no_grad_as_block_and_decorator():
    x = Tensor(2.0, requires_grad=True)
    with mg.no_grad():
        assert not (x * x).requires_grad
    assert (x * x).requires_grad
    assert not mg.no_grad()(lambda: x * x)().requires_grad
    assert not mg.no_grad(lambda: x * x)().requires_grad


def test_no_grad_holds_in_a_generator_and_not_between_its_steps():
    x = Tensor(2.0, requires_grad=True)
    closed = []

    @mg.no_grad()
    def products():
        try:
            factor = yield x * x
            try:
                yield x * factor
            except ValueError:
                yield -x
            return "end"
        finally:
            closed.append((x * x).requires_grad)

    generator = products()
    steps = [next(generator), generator.send(3.0), generator.throw(ValueError)]
    assert [float(step) for step in steps] == [4, 6, -2]
    assert not any(step.requires_grad for step in steps) and (x * x).requires_grad
    with pytest.raises(StopIteration) as end:
        next(generator)
    assert end.value.value == "end"
    generator = products()
    next(generator)
    generator.close()
    assert closed == [False, False] and (x * x).requires_grad


@pytest.mark.parametrize("second_order", [False, True])
def test_the_pull_of_a_custom_gradient_may_ask_for_gradients_itself(second_order):
    @custom_gradient
    def cube(x):
        def pull(upstream):
            return grad(lambda z: (z**3).sum())(x if second_order else x.detach()) * upstream

        return x**3, pull

    x = Tensor(2.0, requires_grad=True)
    if second_order:
        assert float(grad(grad(cube))(2.0)) == 12
    else:
        cube(x).backward()
        assert float(x.grad) == 12
    assert float(grad(ops.square)(3.0)) == 6  # and leaves no state behind
