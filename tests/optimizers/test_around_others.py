"""Optimizers around other optimizers: loss scaling, and several for one model."""

import pickle

import numpy as np
import pytest

from minigrad import Tensor, Variable, mixed_precision, optimizers
from tests.replaying import Replayed

GOOD, BAD = [8.0, 16.0], [np.inf, 1.0]


def scaled(**settings):
    weight = Variable([1.0, 2.0], name="w")
    settings = {"initial_scale": 8.0, "dynamic_growth_steps": 2, **settings}
    optimizer = optimizers.LossScaleOptimizer(optimizers.SGD(1.0), **settings)
    optimizer.build([weight])
    return weight, optimizer


@pytest.mark.parametrize("how", ["eager", "recorded", "stateless"])
def test_bad_gradients_are_left_out_and_the_scale_follows(how):
    weight, optimizer = scaled()

    def apply(gradient):
        if how == "stateless":
            (new,), state = optimizer.stateless_apply(optimizer.variables, [gradient], [weight])
            for variable, value in zip([weight, *optimizer.variables], [new, *state]):
                variable.assign(value)
        else:
            optimizer.apply([gradient], [weight])

    step = Replayed(apply) if how == "recorded" else apply
    history = []
    for gradient in (GOOD, BAD, GOOD, GOOD, BAD, GOOD):
        step(Tensor(gradient))
        history.append((float(optimizer.scale_loss(1.0)), weight.numpy().tolist()))
    assert history == [
        (8.0, [0.0, 0.0]),  # [1, 2] - [8, 16] / 8
        (4.0, [0.0, 0.0]),  # left out, the scale is halved
        (4.0, [-2.0, -4.0]),
        (8.0, [-4.0, -8.0]),  # two good ones in a row: it is doubled
        (4.0, [-4.0, -8.0]),
        (4.0, [-6.0, -12.0]),
    ]
    assert int(optimizer.iterations) == 4


def test_what_the_inner_optimizer_has():
    _, optimizer = scaled()
    optimizer.learning_rate = 0.5
    assert float(optimizer.inner_optimizer.learning_rate) == 0.5
    assert len(optimizer.variables) == 4 + 2
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert again.get_config() == optimizer.get_config()
    assert mixed_precision.LossScaleOptimizer is optimizers.LossScaleOptimizer


def test_the_scale_before_the_first_step():
    optimizer = optimizers.LossScaleOptimizer(optimizers.SGD(loss_scale_factor=3.0))
    assert float(optimizer.scale_loss(Tensor(2.0))) == 2.0**16
    assert optimizer.inner_optimizer.loss_scale_factor is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dynamic": False}, "set `loss_scale_factor`"),
        ({"clipnorm": 1.0}, "set `clipnorm` on the `inner_optimizer`"),
        ({"foo": 1, "bar": 2}, "arguments: `foo`, `bar`"),
    ],
)
def test_arguments_of_the_inner_optimizer_belong_to_it(settings, message):
    with pytest.raises(ValueError, match=message):
        optimizers.LossScaleOptimizer(optimizers.SGD(), **settings)


def several(loss_scale_factor=None):
    """Two matrices for SGD, a bias for another SGD with another rate, and an unused Adam."""
    ws = [Variable(np.ones(2), name=name, dtype="float64") for name in ("a", "b", "bias")]
    chosen = optimizers.OptimizerMap(optimizers.SGD(0.5))
    chosen["bias"] = optimizers.SGD(1.0)
    chosen["head/.*"] = optimizers.Adam()
    return ws, optimizers.MultiOptimizer(chosen, loss_scale_factor=loss_scale_factor)


@pytest.mark.parametrize("how", ["eager", "recorded"])
def test_every_variable_goes_to_its_optimizer(how):
    ws, optimizer = several()
    optimizer.build(ws)

    def apply(*gradients):
        optimizer.apply(list(gradients))

    step = Replayed(apply) if how == "recorded" else apply
    for _ in range(2):
        step(*(Tensor(np.full(2, 0.25)) for _ in ws))
    assert [w.numpy()[0] for w in ws] == [0.75, 0.75, 0.5]
    assert int(optimizer.iterations) == 2
    assert [int(one.iterations) for one in optimizer.optimizers] == [2, 0, 2]


def test_gradients_may_come_in_another_order():
    ws, optimizer = several()
    optimizer.build(ws)
    gradients = [Tensor(np.full(2, g)) for g in (0.1, 0.2, 0.3)]
    optimizer.apply(gradients[::-1], ws[::-1])
    np.testing.assert_allclose([w.numpy()[0] for w in ws], [0.95, 0.9, 0.7])


def test_loss_scale_and_configs_and_pickles():
    ws, optimizer = several(loss_scale_factor=4.0)
    assert float(optimizer.scale_loss(Tensor(1.0))) == 4.0
    optimizer.apply([Tensor(np.ones(2)) for _ in ws], ws)
    assert [w.numpy()[0] for w in ws] == [1 - 0.125, 1 - 0.125, 1 - 0.25]
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert again.get_config() == optimizer.get_config()
    other, other_ws = pickle.loads(pickle.dumps((optimizer, ws)))
    other.apply([Tensor(np.ones(2)) for _ in ws], other_ws)
    assert [w.numpy()[0] for w in other_ws] == [0.75, 0.75, 0.5]


def test_state_is_saved_with_that_of_the_inner_optimizers():
    ws, optimizer = several()
    optimizer.apply([Tensor(np.ones(2)) for _ in ws], ws)
    store = {}
    optimizer.save_own_variables(store)
    _, fresh = several()
    fresh.build(ws)
    fresh.load_own_variables(store)
    assert [int(one.iterations) for one in fresh.optimizers] == [1, 0, 1]


def test_a_function_may_choose():
    small, large = optimizers.SGD(0.1), optimizers.SGD(1.0)
    optimizer = optimizers.MultiOptimizer(lambda v: large if v.name == "a" else small)
    ws = [Variable(1.0, name=name) for name in "ab"]
    optimizer.apply([Tensor(1.0), Tensor(1.0)], ws)
    assert [float(w) for w in ws] == [0.0, pytest.approx(0.9)]


def test_averages_of_inner_optimizers_are_taken_at_the_end():
    ws = [Variable(1.0, name=name) for name in "ab"]
    chosen = optimizers.OptimizerMap(
        optimizers.SGD(0.5), {"a": optimizers.SGD(0.5, use_ema=True, ema_momentum=0.5)}
    )
    optimizer = optimizers.MultiOptimizer(chosen)
    for _ in range(2):
        optimizer.apply([Tensor(1.0), Tensor(1.0)], ws)
    optimizer.finalize_variable_values(ws)
    assert [float(w) for w in ws] == [0.25, 0.0]


def test_maps():
    sgd, adam, default = optimizers.SGD(), optimizers.Adam(), optimizers.RMSprop()
    chosen = optimizers.OptimizerMap(default, {"a/.*": sgd})
    chosen[".*/kernel"] = adam
    assert chosen["a/bias"] is sgd and chosen["b/kernel"] is adam and chosen["b/bias"] is default
    assert len(chosen) == 2 and list(chosen) == ["a/.*", ".*/kernel"]
    with pytest.raises(ValueError, match="Multiple optimizers assigned to variable a/kernel"):
        chosen["a/kernel"]
    del chosen["a/.*"]
    assert chosen["a/kernel"] is adam


@pytest.mark.parametrize(
    ("error", "message", "act"),
    [
        (TypeError, "default_optimizer must be", lambda: optimizers.OptimizerMap("sgd")),
        (
            TypeError,
            "optimizer_map must be a dictionary",
            lambda: optimizers.OptimizerMap(optimizers.SGD(), []),
        ),
        (ValueError, "key must be a string", lambda: put(3, optimizers.SGD())),
        (ValueError, "optimizer must be a Keras Optimizer", lambda: put("a", "sgd")),
        (ValueError, "cannot be MultiOptimizer", lambda: put("a", several()[1])),
        (ValueError, "cannot be LossScaleOptimizer", lambda: put("a", scaled()[1])),
        (ValueError, "already exists", lambda: put("bias", optimizers.SGD())),
        (AttributeError, "cannot be accessed", lambda: several()[1].learning_rate),
        (AttributeError, "cannot be set", lambda: setattr(several()[1], "learning_rate", 1.0)),
        (ValueError, "must already be built", lambda: several()[1].apply([Tensor(1.0)])),
        (
            ValueError,
            "cannot be used inside an MultiOptimizer",
            lambda: optimizers.MultiOptimizer(lambda v: scaled()[1]).build(several()[0]),
        ),
        (
            ValueError,
            "is not an Optimizer instance",
            lambda: optimizers.MultiOptimizer(lambda v: "sgd").build(several()[0]),
        ),
    ],
)
def test_errors(error, message, act):
    with pytest.raises(error, match=message):
        act()


def put(key, optimizer):
    chosen = optimizers.OptimizerMap(optimizers.SGD(), {"bias": optimizers.SGD()})
    chosen[key] = optimizer
