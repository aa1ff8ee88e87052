"""What all optimizers share: clipping, decay, averages, accumulation, state, saving, errors."""

import copy
import inspect
import pickle

import numpy as np
import pytest

from minigrad import Tensor, Variable, constraints, optimizers
from minigrad.autograd.record import listening
from minigrad.optimizers import schedules
from tests.replaying import Replayed

RNG = np.random.default_rng(0)
NAMES = [
    *("SGD", "RMSprop", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax", "Nadam", "Adafactor"),
    *("Ftrl", "Lamb", "Lion", "Muon", "ScheduleFreeAdamW"),
]
ALL_OPTIONS = {
    "gradient_accumulation_steps": 2,
    "use_ema": True,
    "ema_overwrite_frequency": 2,
    "weight_decay": 0.01,
    "global_clipnorm": 1.0,
}


def weights():
    rng = np.random.default_rng(1)
    return [
        Variable(rng.normal(size=shape), name=name, dtype="float64")
        for name, shape in (("kernel", (3, 2)), ("bias", (2,)))
    ]


def gradients(seed=0):
    rng = np.random.default_rng(seed)
    return [Tensor(rng.normal(size=shape)) for shape in ((3, 2), (2,))]


def values(variables):
    return [variable.numpy() for variable in variables]


def assert_equal(ours, theirs, **tolerance):
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, **tolerance)


def test_every_optimizer_class_is_in_the_table():
    public = {
        name
        for name, value in vars(optimizers).items()
        if isinstance(value, type) and issubclass(value, optimizers.Optimizer)
    }
    assert public - {"Optimizer", "MultiOptimizer", "LossScaleOptimizer"} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_configs_survive_a_round_trip(name):
    optimizer = getattr(optimizers, name)(learning_rate=0.5, clipnorm=2.0, name="mine")
    config = optimizers.serialize(optimizer)
    assert config["module"] == "keras.optimizers" and config["class_name"] == name
    again = optimizers.deserialize(config)
    assert type(again) is type(optimizer) and again.get_config() == optimizer.get_config()
    assert again.get_config()["clipnorm"] == 2.0 and again.name == "mine"
    assert type(optimizers.get(name.lower())) is type(optimizer)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", [{}, ALL_OPTIONS], ids=["plain", "all options"])
def test_a_recorded_step_holds_for_later_steps(name, options):
    """What depends on the number of the step is computed, and not what it was at the first."""
    results = []
    for record in (False, True):
        ws = weights()
        optimizer = getattr(optimizers, name)(learning_rate=0.1, **options)
        optimizer.build(ws)

        def step(*gs, optimizer=optimizer, ws=ws):
            optimizer.apply(list(gs), ws)

        step = Replayed(step) if record else step
        for seed in range(5):
            step(*gradients(seed))
        results.append(values(ws) + values(optimizer.variables))
    assert_equal(*results, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_a_stateless_step_says_what_the_variables_would_hold(name):
    ws, optimizer = weights(), getattr(optimizers, name)(learning_rate=0.1)
    optimizer.build(ws)
    before = values(ws) + values(optimizer.variables)
    new_weights, state = optimizer.stateless_apply(optimizer.variables, gradients(), ws)
    assert_equal(values(ws) + values(optimizer.variables), before)
    optimizer.apply(gradients(), ws)
    assert_equal(values(ws), [np.asarray(x) for x in new_weights])
    assert_equal(values(optimizer.variables), [np.asarray(x) for x in state])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("copied", ["saved", "pickled", "deep-copied"])
def test_training_goes_on_from_a_copy_as_from_the_original(name, copied):
    ws, optimizer = weights(), getattr(optimizers, name)(learning_rate=0.1, use_ema=True)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    optimizer.apply(gradients(), ws)
    if copied == "saved":
        store, other_ws = {}, weights()
        optimizer.save_own_variables(store)
        other = type(optimizer).from_config(optimizer.get_config())
        other.exclude_from_weight_decay(var_names=["bias"])
        other.build(other_ws)
        for mine, theirs in zip(other_ws, ws):
            mine.assign(theirs)
        other.load_own_variables(store)
    elif copied == "pickled":
        other, other_ws = pickle.loads(pickle.dumps((optimizer, ws)))
    else:
        other, other_ws = copy.deepcopy((optimizer, ws))
    for one, its in ((optimizer, ws), (other, other_ws)):
        one.apply(gradients(1), its)
    assert_equal(values(ws), values(other_ws))


def stepped(gs=None, ws=None, steps=1, **options):
    ws = ws or weights()
    optimizer = optimizers.SGD(learning_rate=1.0, **options)
    for _ in range(steps):
        optimizer.apply(gs or gradients(), ws)
    return ws, optimizer


def steps_taken(ws):
    return [before.numpy() - after.numpy() for before, after in zip(weights(), ws)]


def test_clipping():
    gs = [g.numpy() for g in gradients()]
    lengths = [np.linalg.norm(g) for g in gs]
    together = np.sqrt(sum(length**2 for length in lengths))
    for options, expected in (
        ({"clipvalue": 0.3}, [np.clip(g, -0.3, 0.3) for g in gs]),
        ({"clipnorm": 0.5}, [g * min(1, 0.5 / n) for g, n in zip(gs, lengths)]),
        ({"clipnorm": 1e3}, gs),
        ({"global_clipnorm": 0.7}, [g * 0.7 / together for g in gs]),
        ({"global_clipnorm": 1e3}, gs),
    ):
        assert_equal(steps_taken(stepped(**options)[0]), expected, rtol=1e-6)


def test_a_gradient_of_zeros_can_be_clipped():
    zeros = [Tensor(np.zeros(g.shape)) for g in gradients()]
    for option in ("clipnorm", "clipvalue"):
        assert_equal(steps_taken(stepped(zeros, **{option: 1.0})[0]), values(zeros))


def test_an_infinite_gradient_shows_under_a_global_clip():
    gs = [Tensor(np.full((3, 2), np.inf)), gradients()[1]]
    assert all(np.isnan(w.numpy()).all() for w in stepped(gs, global_clipnorm=1.0)[0])


def test_weight_decay_spares_what_is_excluded():
    ws = weights()
    before = values(ws)
    optimizer = optimizers.SGD(learning_rate=0.5, weight_decay=0.2)
    optimizer.exclude_from_weight_decay(var_list=[ws[0]])
    optimizer.apply([g * 0 for g in gradients()], ws)
    assert_equal(values(ws), [before[0], before[1] * (1 - 0.1)], rtol=1e-6)
    with pytest.raises(ValueError, match="before the optimizer is built"):
        optimizer.exclude_from_weight_decay(var_names=["bias"])


def test_loss_scale():
    ws, optimizer = stepped([g * 8 for g in gradients()], loss_scale_factor=8.0)
    assert_equal(values(ws), values(stepped()[0]), rtol=1e-12)
    assert float(optimizer.scale_loss(Tensor(2.0))) == 16.0
    assert float(optimizers.SGD().scale_loss(Tensor(2.0))) == 2.0


def test_averages_follow_the_weights():
    ws = weights()
    optimizer = optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9)
    expected = None
    for seed in range(3):
        optimizer.apply(gradients(seed), ws)
        now = values(ws)
        expected = now if expected is None else [0.9 * a + 0.1 * w for a, w in zip(expected, now)]
    assert_equal(values(optimizer._model_variables_moving_average), expected, rtol=1e-6)
    optimizer.finalize_variable_values(ws)
    assert_equal(values(ws), expected, rtol=1e-6)
    with pytest.raises(ValueError, match=r"length of model variables \(1\).*\(2\)"):
        optimizer.finalize_variable_values(ws[:1])


def test_accumulated_gradients_make_one_step_by_their_mean():
    ws, optimizer = weights(), optimizers.SGD(1.0, gradient_accumulation_steps=3)
    for seed in range(3):
        assert_equal(values(ws), values(weights()))
        assert int(optimizer.iterations) == 0
        optimizer.apply(gradients(seed), ws)
    means = [np.mean([gradients(seed)[i].numpy() for seed in range(3)], 0) for i in range(2)]
    assert_equal(steps_taken(ws), means, rtol=1e-12)
    assert int(optimizer.iterations) == 1 and int(optimizer._iterations) == 3


def test_constraints_hold_after_the_step():
    ws = weights()
    ws[0].constraint = constraints.NonNeg()
    stepped(ws=ws)
    assert (ws[0].numpy() >= 0).all() and (ws[1].numpy() < 0).any()


def test_variables_that_want_it_are_overwritten_with_their_gradient():
    ws = weights()
    ws[1].overwrite_with_gradient = True
    for name in NAMES:
        getattr(optimizers, name)(learning_rate=0.1).apply(gradients(), ws)
        np.testing.assert_array_equal(ws[1].numpy(), gradients()[1].numpy())


def test_missing_gradients_are_warned_of_and_none_at_all_is_an_error():
    ws, gs = weights(), gradients()
    with pytest.warns(UserWarning, match=r"Gradients do not exist for variables \['bias'\]"):
        optimizers.SGD(1.0).apply([gs[0], None], ws)
    np.testing.assert_array_equal(ws[1].numpy(), weights()[1].numpy())
    with pytest.raises(ValueError, match="No gradients provided for any variable"):
        optimizers.SGD().apply([None, None], ws)


def test_learning_rates():
    optimizer = optimizers.SGD(learning_rate=0.5)
    optimizer.learning_rate = 0.25
    assert float(optimizer.learning_rate) == 0.25 and len(optimizer.variables) == 2
    optimizer.learning_rate = schedules.ExponentialDecay(0.1, 1, 0.5)
    assert len(optimizer.variables) == 1
    ws = weights()
    optimizer.apply(gradients(), ws)
    assert float(optimizer.learning_rate) == pytest.approx(0.05)
    with pytest.raises(TypeError, match="not settable"):
        optimizer.learning_rate = 0.1
    assert optimizers.SGD(learning_rate=lambda: 0.5).learning_rate == 0.5
    assert type(optimizers.get(optimizers.serialize(optimizer)).learning_rate).__name__ == "Tensor"


def test_apply_gradients_counts():
    optimizer = optimizers.Adam()
    assert int(optimizer.apply_gradients(zip(gradients(), weights()))) == 1
    optimizer.apply([])
    assert int(optimizer.iterations) == 1


def test_nothing_is_recorded_for_gradients():
    ws = weights()
    optimizer = optimizers.Adam()
    optimizer.apply([Tensor(g.numpy(), requires_grad=True) for g in gradients()], ws)
    assert not any(v.value.requires_grad for v in optimizer.variables)
    assert ws[0].value.is_leaf


def test_a_stateless_step_can_be_differentiated():
    """Through one step of gradient descent on w², by the learning rate of the start: w - 2 w lr."""
    w = Variable(3.0)
    optimizer = optimizers.SGD(0.25)
    optimizer.build([w])
    g = Tensor(6.0, requires_grad=True)
    (new,), _ = optimizer.stateless_apply(optimizer.variables, [g], [w])
    new.backward()
    assert float(g.grad) == -0.25


def test_names_of_variables():
    optimizer = optimizers.Adam(name="my_adam")
    optimizer.build(weights())
    assert [v.path for v in optimizer.variables] == [
        *("my_adam/iteration", "my_adam/learning_rate"),
        *("my_adam/kernel_momentum", "my_adam/kernel_velocity"),
        *("my_adam/bias_momentum", "my_adam/bias_velocity"),
    ]


def test_loading_another_number_of_variables_only_warns():
    store, optimizer = {}, optimizers.Adam()
    optimizers.SGD().save_own_variables(store)
    optimizer.build(weights())
    with pytest.warns(UserWarning, match="has 6 variables whereas the saved optimizer has 2"):
        optimizer.load_own_variables(store)


def test_set_weights():
    trained = stepped(momentum=0.9)[1]
    fresh = optimizers.SGD(momentum=0.9)
    with pytest.raises(ValueError, match=r"set_weights.*not yet been built"):
        fresh.set_weights(trained.variables)
    fresh.build(weights())
    fresh.set_weights(trained.variables)
    assert_equal(values(fresh.variables), values(trained.variables))
    with pytest.raises(ValueError, match=r"has shape \(\) not compatible.*\(2,\)"):
        fresh.set_weights([np.zeros(2)])


class Halving(optimizers.Optimizer):
    """An optimizer as a user writes one."""

    def __init__(self, learning_rate=1.0, factor=0.5, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.factor = factor
        self.steps = Variable(0, trainable=False)

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.seen = self.add_optimizer_variables(variables, "seen", initializer="ones")

    def update_step(self, gradient, variable, learning_rate):
        self.assign_add(self.seen[self._get_variable_index(variable)], gradient)
        self.assign(variable, variable * self.factor)
        self.assign_add(self.steps, 1)


def test_an_optimizer_of_one_s_own():
    ws, optimizer = weights(), Halving(factor=0.25)
    optimizer.apply(gradients(), ws)
    assert_equal(values(ws), [0.25 * w.numpy() for w in weights()])
    assert int(optimizer.steps) == 2 and len(optimizer.variables) == 5
    assert Halving.from_config(optimizer.get_config()).factor == 0.25


@pytest.mark.parametrize(
    ("construct", "message"),
    [
        (lambda: optimizers.SGD(learning_rate=1), "`learning_rate` should be float.*instead.*=1"),
        (lambda: optimizers.SGD(momentum=2.0), "`momentum` must be a float between.*momentum=2.0"),
        (lambda: optimizers.SGD(rate=1.0), "not recognized: {'rate': 1.0}"),
        (lambda: optimizers.SGD(clipnorm=1.0, clipvalue=1.0), "Only one of `clipnorm`"),
        (lambda: optimizers.SGD(use_ema=True, ema_momentum=2.0), "`ema_momentum` must be in"),
        (
            lambda: optimizers.SGD(use_ema=True, ema_overwrite_frequency=0.5),
            "`ema_overwrite_frequency` must be an integer",
        ),
        (lambda: optimizers.SGD(gradient_accumulation_steps=1), "must be an integer >= 2"),
        (lambda: optimizers.AdamW(weight_decay=None), "`weight_decay` must be a float"),
        (lambda: optimizers.Lion(beta_1=0.0), "`beta_1` must be in the"),
        (lambda: optimizers.Ftrl(learning_rate_power=0.5), "`learning_rate_power` needs to be"),
        (lambda: optimizers.Ftrl(l1_regularization_strength=-1.0), "needs to be positive or zero"),
        (lambda: optimizers.get("typo"), "Could not interpret optimizer identifier: typo"),
        (lambda: optimizers.SGD().apply(gradients()), "must already be built"),
        (lambda: stepped()[1].apply(gradients()[:1]), "list of 1 gradients.*tracking 2"),
        (lambda: stepped()[1].apply(gradients(), weights()), "Unknown variable"),
        (lambda: optimizers.SGD().stateless_apply([], [], []), "must be built"),
        (lambda: stepped()[1].stateless_apply([], [], []), "`optimizer_variables`.*length 0"),
        (
            lambda: optimizers.SGD().add_optimizer_variables(weights(), ["a", "b"], ["zeros"]),
            "number of provided names must match",
        ),
    ],
)
def test_errors(construct, message):
    with pytest.raises(ValueError, match=message):
        construct()


def test_other_errors():
    with pytest.warns(UserWarning, match="`decay` is no longer supported"):
        optimizers.SGD(decay=0.1)
    with pytest.raises(NotImplementedError, match="update_step"):
        optimizers.Optimizer(0.1).apply(gradients(), weights())
    with pytest.raises(ImportError, match=r"legacy.Adam.*not supported.*keras.optimizers.Adam"):
        optimizers.legacy.Adam()

    class Forgetful(optimizers.Optimizer):
        def __init__(self):
            self.counter = Variable(0)

    with pytest.raises(RuntimeError, match="forgot to call"):
        Forgetful()


def test_listeners_hear_the_equations():
    heard = []
    ws, optimizer = weights(), optimizers.Adam()
    with listening(lambda primitive, *_: heard.append(primitive.name)):
        optimizer.apply(gradients(), ws)
    assert {"square", "sqrt", "subtract"} <= set(heard)


def test_signatures_name_the_shared_arguments():
    parameters = inspect.signature(optimizers.SGD).parameters
    assert list(parameters)[:3] == ["learning_rate", "momentum", "nesterov"]
    assert parameters["ema_momentum"].default == 0.99
    assert "ema_momentum" in inspect.signature(Halving).parameters
