"""Each optimizer's step against the update of its paper, in NumPy, step by step."""

import numpy as np
import pytest

from minigrad import Tensor, Variable, optimizers

RNG = np.random.default_rng(0)
START = RNG.normal(size=(4, 3))
GRADIENTS = RNG.normal(size=(5, 4, 3))
LR = 0.1


def sgd(w, gs, momentum=0.0, nesterov=False):
    m = np.zeros_like(w)
    for g in gs:
        m = momentum * m - LR * g
        w = w + (momentum * m - LR * g if nesterov else m)
    return w


def adam(w, gs, amsgrad=False):
    m = v = top = np.zeros_like(w)
    for t, g in enumerate(gs, 1):
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g
        top = np.maximum(top, v) if amsgrad else v
        w = w - LR * np.sqrt(1 - 0.99**t) / (1 - 0.9**t) * m / (np.sqrt(top) + 1e-7)
    return w


def rmsprop(w, gs, momentum=0.0, centered=False):
    v = mean = m = np.zeros_like(w)
    for g in gs:
        v, mean = 0.9 * v + 0.1 * g * g, 0.9 * mean + 0.1 * g
        variance = v - mean**2 if centered else v
        m = momentum * m + LR * g / np.sqrt(variance + 1e-7)
        w = w - m
    return w


def adagrad(w, gs):
    total = np.full_like(w, 0.1)
    for g in gs:
        total = total + g * g
        w = w - LR * g / np.sqrt(total + 1e-7)
    return w


def adadelta(w, gs):
    g2 = d2 = np.zeros_like(w)
    for g in gs:
        g2 = 0.95 * g2 + 0.05 * g * g
        d = -np.sqrt(d2 + 1e-7) / np.sqrt(g2 + 1e-7) * g
        d2 = 0.95 * d2 + 0.05 * d * d
        w = w + LR * d
    return w


def adamax(w, gs):
    m = u = np.zeros_like(w)
    for t, g in enumerate(gs, 1):
        m, u = 0.9 * m + 0.1 * g, np.maximum(0.999 * u, np.abs(g))
        w = w - LR / (1 - 0.9**t) * m / (u + 1e-7)
    return w


def lion(w, gs):
    m = np.zeros_like(w)
    for g in gs:
        w, m = w - LR * np.sign(0.9 * m + 0.1 * g), 0.99 * m + 0.01 * g
    return w


def lamb(w, gs):
    m = v = np.zeros_like(w)
    for t, g in enumerate(gs, 1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        r = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)
        w = w - LR * np.linalg.norm(w) / np.linalg.norm(r) * r
    return w


def nadam(w, gs):
    m = v = np.zeros_like(w)
    product = 1.0
    for t, g in enumerate(gs, 1):
        u, following = (0.9 * (1 - 0.5 * 0.96**k) for k in (t, t + 1))
        product *= u
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        m_hat = following * m / (1 - product * following) + (1 - u) * g / (1 - product)
        w = w - LR * m_hat / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)
    return w


def ftrl(w, gs, l1=0.0):
    """The closed form: the minimum of Σ g·w + Σ σ/2 |w - w_t|² + l1 |w|."""
    n, z = np.full_like(w, 0.1), np.zeros_like(w)
    for g in gs:
        sigma = (np.sqrt(n + g * g) - np.sqrt(n)) / LR
        n, z = n + g * g, z + g - sigma * w
        w = np.where(np.abs(z) <= l1, 0.0, -(z - np.sign(z) * l1) / (np.sqrt(n) / LR))
    return w


def adafactor(w, gs):
    rows, columns = np.zeros(w.shape[0]), np.zeros(w.shape[1])
    for t, g in enumerate(gs, 1):
        beta = 1 - t**-0.8
        squares = g * g + 1e-30
        rows = beta * rows + (1 - beta) * squares.mean(1)
        columns = beta * columns + (1 - beta) * squares.mean(0)
        u = g / np.sqrt(np.outer(rows, columns) / rows.mean())
        u = u / max(1.0, np.sqrt((u * u).mean()))
        w = w - max(1e-3, np.sqrt((w * w).mean())) * min(LR, t**-0.5) * u
    return w


def schedule_free(w, gs):
    x = z = y = w
    v = np.zeros_like(w)
    for t, g in enumerate(gs, 1):
        v = 0.999 * v + 0.001 * g * g
        z = z - LR * g / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        x = (1 - 1 / t) * x + z / t
        y = 0.1 * z + 0.9 * x
    return y


def decayed(step, rate):
    """The same with decoupled weight decay: before each step, w loses rate · lr of itself."""

    def run(w, gs):
        offsets = w
        for k in range(len(gs)):
            w = step_alone(step, w * (1 - rate * LR), gs[: k + 1], offsets)
        return w

    return run


def step_alone(step, w, gs, start):
    """What the last of `gs` does to w, the state being that after all gradients before it."""
    return w + step(start, gs) - step(start, gs[:-1]) if len(gs) > 1 else step(w, gs)


CASES = {
    "SGD": (optimizers.SGD, {}, sgd),
    "SGD with momentum": (optimizers.SGD, {"momentum": 0.9}, lambda w, g: sgd(w, g, 0.9)),
    "Nesterov": (
        optimizers.SGD,
        {"momentum": 0.9, "nesterov": True},
        lambda w, g: sgd(w, g, 0.9, True),
    ),
    "Adam": (optimizers.Adam, {"beta_2": 0.99}, adam),
    "AMSGrad": (
        optimizers.Adam,
        {"beta_2": 0.99, "amsgrad": True},
        lambda w, g: adam(w, g, amsgrad=True),
    ),
    "AdamW": (optimizers.AdamW, {"beta_2": 0.99, "weight_decay": 0.1}, decayed(adam, 0.1)),
    "SGD with decay": (optimizers.SGD, {"weight_decay": 0.1}, decayed(sgd, 0.1)),
    "RMSprop": (optimizers.RMSprop, {}, rmsprop),
    "RMSprop with momentum": (
        optimizers.RMSprop,
        {"momentum": 0.8},
        lambda w, g: rmsprop(w, g, 0.8),
    ),
    "centered RMSprop": (
        optimizers.RMSprop,
        {"momentum": 0.8, "centered": True},
        lambda w, g: rmsprop(w, g, 0.8, True),
    ),
    "Adagrad": (optimizers.Adagrad, {}, adagrad),
    "Adadelta": (optimizers.Adadelta, {}, adadelta),
    "Adamax": (optimizers.Adamax, {}, adamax),
    "Nadam": (optimizers.Nadam, {}, nadam),
    "Lion": (optimizers.Lion, {}, lion),
    "Lamb": (optimizers.Lamb, {}, lamb),
    "Ftrl": (optimizers.Ftrl, {}, ftrl),
    "Ftrl with L1": (
        optimizers.Ftrl,
        {"l1_regularization_strength": 2.0},
        lambda w, g: ftrl(w, g, 2.0),
    ),
    "Adafactor": (optimizers.Adafactor, {}, adafactor),
    "ScheduleFreeAdamW": (optimizers.ScheduleFreeAdamW, {}, schedule_free),
}


@pytest.mark.parametrize("name", CASES)
def test_steps_are_those_of_the_paper(name):
    cls, settings, expected = CASES[name]
    weight = Variable(START, dtype="float64")
    optimizer = cls(learning_rate=LR, **settings)
    for g in GRADIENTS:
        optimizer.apply([Tensor(g)], [weight])
    # The learning rate is float32.
    np.testing.assert_allclose(weight.numpy(), expected(START, GRADIENTS), rtol=1e-6, atol=1e-7)


def test_ftrl_sets_weights_to_zero():
    weight = Variable(START, dtype="float64")
    optimizer = optimizers.Ftrl(LR, l1_regularization_strength=2.0)
    for g in GRADIENTS:
        optimizer.apply([Tensor(g)], [weight])
    assert 0 < np.sum(weight.numpy() == 0.0) < weight.size


@pytest.mark.parametrize("shape", [(4, 4), (3, 6), (6, 3)])
def test_muon_steps_are_nearly_orthogonal(shape):
    weight = Variable(np.zeros(shape), dtype="float64")
    optimizer = optimizers.Muon(LR, weight_decay=None, rms_rate=None)
    optimizer.apply([Tensor(RNG.normal(size=shape))], [weight])
    singular_values = np.linalg.svd(weight.numpy() / LR, compute_uv=False)
    assert ((singular_values > 0.5) & (singular_values < 1.5)).all()


def test_muon_leaves_what_is_no_matrix_to_adam():
    start = RNG.normal(size=3)
    by_muon, by_adam = Variable(start, dtype="float64"), Variable(start, dtype="float64")
    muon = optimizers.Muon(LR, adam_weight_decay=None)
    adam_w = optimizers.Adam(LR)
    for g in RNG.normal(size=(3, 3)):
        muon.apply([Tensor(g)], [by_muon])
        adam_w.apply([Tensor(g)], [by_adam])
    np.testing.assert_allclose(by_muon.numpy(), by_adam.numpy(), rtol=1e-12)


def test_muon_chooses_by_shape_and_path():
    weights = {
        name: Variable(np.zeros(shape), name=name)
        for name, shape in {
            "kernel": (2, 2),
            "embedding": (2, 2),
            "head": (2, 2),
            "bias": (2,),
        }.items()
    }
    optimizer = optimizers.Muon(exclude_layers=["^head"])
    chosen = {name for name, w in weights.items() if optimizer._should_use_adamw(w)}
    assert chosen == {"embedding", "head", "bias"}
