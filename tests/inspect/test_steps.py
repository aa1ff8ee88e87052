"""Backprop, stepped: the numbers of each step, the chain rule in words and in LaTeX."""

import numpy as np
import pytest

from minigrad import Tensor, inspect, layers, losses, models, ops


def neuron():
    x = Tensor(2.0, requires_grad=True)
    w = Tensor(-3.0, requires_grad=True)
    return x, w, ops.tanh(x * w + 6.88)


def test_steps_go_from_the_result_to_the_inputs():
    assert [step.op for step in inspect.backward_steps(neuron()[2])] == ["tanh", "add", "multiply"]


def test_a_step_has_the_numbers_of_the_chain_rule():
    step = next(iter(inspect.backward_steps(neuron()[2])))
    (share,) = step.shares
    slope = 1 - np.tanh(0.88) ** 2
    assert float(step.upstream) == 1.0
    np.testing.assert_allclose([share.local, share.added, share.total], slope, rtol=1e-6)


def test_the_sums_of_a_walk_are_the_gradients_of_backward():
    x, w, y = neuron()
    totals = {share.name: share.total for s in inspect.backward_steps(y) for share in s.shares}
    assert x.grad is None and w.grad is None  # looking fills nothing
    y.backward()
    assert totals["x1"] == x.grad.numpy() and totals["x2"] == w.grad.numpy()


def test_what_is_used_twice_gets_the_sum_of_both():
    x = Tensor(3.0, requires_grad=True)
    (step,) = inspect.backward_steps(x * x)
    assert [float(share.added) for share in step.shares] == [3.0, 3.0]
    assert [float(share.total) for share in step.shares] == [3.0, 6.0]


def test_the_chain_rule_as_a_sentence():
    last = list(inspect.backward_steps(neuron()[2]))[-1]
    assert str(last).splitlines() == [
        "#1 = x1 · x2 = −6. Its gradient is 0.501.",
        "  x1: local derivative x2 = −3; 0.501 · (−3) = −1.503 is added, makes −1.503",
        "  x2: local derivative x1 = 2; 0.501 · 2 = 1.002 is added, makes 1.002",
    ]


def test_the_chain_rule_in_latex():
    last = list(inspect.backward_steps(neuron()[2]))[-1]
    assert last.latex.split(" \\\\\n")[0] == (
        r"\frac{\partial L}{\partial x_{1}} \mathrel{+}= \frac{\partial L}{\partial v_{1}} \cdot "
        r"\frac{\partial v_{1}}{\partial x_{1}} = 0.501 \cdot \left(-3\right) = -1.503"
    )


def test_latex_can_be_drawn():
    from matplotlib.mathtext import MathTextParser

    parser = MathTextParser("agg")
    for step in inspect.backward_steps(neuron()[2]):
        for equation in step.latex.split(" \\\\\n"):
            parser.parse("$" + equation.replace(r"\mathrel{+}=", "+=") + "$")


def test_a_broadcast_bias_gets_a_sum():
    bias = Tensor([1.0, 2.0], requires_grad=True)
    y = ops.sum(Tensor(np.ones((3, 2), "float32")) + bias)
    add = list(inspect.backward_steps(y))[-1]
    assert add.shares[0].added.tolist() == [3.0, 3.0]
    assert "summed to (2,), since it was broadcast" in str(add)


def test_products_of_matrices_say_which_is_transposed():
    w = Tensor(np.ones((3, 2), "float32"), requires_grad=True)
    y = ops.sum(Tensor(np.ones((4, 3), "float32")) @ w)
    product = list(inspect.backward_steps(y))[-1]
    assert "x₁ᵀ @ ∇#1" in str(product)
    assert r"{x_{1}}^{\top} \, \frac{\partial L}{\partial v_{1}}" in product.latex


def test_only_scalars_begin_a_walk_by_themselves():
    y = ops.sin(Tensor([1.0, 2.0], requires_grad=True))
    with pytest.raises(ValueError, match="Only a scalar"):
        list(inspect.backward_steps(y))
    (step,) = inspect.backward_steps(y, gradient=[1.0, 0.0])
    np.testing.assert_allclose(step.shares[0].added, [np.cos(1.0), 0.0], rtol=1e-6)


@pytest.mark.parametrize("compiled", [False, True])
def test_looking_leaves_model_seeds_and_training_as_they_were(compiled):
    from minigrad import utils

    def trained(look):
        utils.set_random_seed(1)
        model = models.Sequential(
            [layers.Dense(4, activation="tanh"), layers.Dropout(0.3), layers.Dense(1)]
        )
        model.compile("adam", "mse", jit_compile=compiled)
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(2, 16, 3)).astype("float32"), np.ones((16, 1), "float32")
        x = x[0]
        for _ in range(2):
            model.fit(x, y, batch_size=8, verbose=0)
            if look:
                loss = losses.MeanSquaredError()(y, model(x))
                str(inspect.tape(loss)), inspect.graph(loss).svg()
                list(inspect.backward_steps(loss)), inspect.backprop_player(loss)._repr_html_()
        return [weight.numpy().tobytes() for weight in [*model.weights, *model.optimizer.variables]]

    assert trained(look=True) == trained(look=False)
