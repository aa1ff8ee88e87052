"""Steps by a kernel equal the steps by the equations."""

import numpy as np
import pytest

from minigrad import Tensor, Variable, no_grad, optimizers
from minigrad.autograd.record import listening
from minigrad.kernels import optimizers as kernels
from minigrad.optimizers import fused

CASES = {
    "SGD": lambda: optimizers.SGD(0.1),
    "SGD with decay": lambda: optimizers.SGD(0.1, weight_decay=0.1),
    "momentum": lambda: optimizers.SGD(0.1, momentum=0.9),
    "Nesterov": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "Adam": lambda: optimizers.Adam(0.1),
    "AMSGrad": lambda: optimizers.Adam(0.1, amsgrad=True),
    "AdamW": lambda: optimizers.AdamW(0.1, weight_decay=0.1),
    "RMSprop": lambda: optimizers.RMSprop(0.1),
    "RMSprop with momentum": lambda: optimizers.RMSprop(0.1, momentum=0.9),
    "centered RMSprop": lambda: optimizers.RMSprop(0.1, momentum=0.9, centered=True),
    "centered, no momentum": lambda: optimizers.RMSprop(0.1, centered=True),  # there is no kernel
    "Lion": lambda: optimizers.Lion(0.1),  # nor here
    "schedule": lambda: optimizers.Adam(optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)),
    "clipped": lambda: optimizers.Adam(0.1, global_clipnorm=0.5),
}


@pytest.fixture
def kernels_called(monkeypatch):
    """Counts kernel calls; Numba counts as worth its loading from the first step on."""
    called = []
    monkeypatch.setattr(fused, "_numba_is_worth_it", lambda variables: True)
    for name in ("sgd", "momentum", "adam", "amsgrad", "rmsprop", "rmsprop_momentum"):
        kernel = getattr(kernels, name)

        def counted(*args, kernel=kernel, name=name, **kwargs):
            called.append(name)
            kernel(*args, **kwargs)

        monkeypatch.setattr(kernels, name, counted)
    return called


def trained(make, dtype, steps=4, listen=False):
    rng = np.random.default_rng(0)
    ws = [Variable(rng.normal(size=shape), dtype=dtype) for shape in ((5, 3), (3,), ())]
    optimizer = make()
    for _ in range(steps):
        gs = [Tensor(rng.normal(size=w.shape), dtype=dtype) for w in ws]
        if listen:
            with listening(lambda *_: None):
                optimizer.apply(gs, ws)
        else:
            optimizer.apply(gs, ws)
    return [v.numpy() for v in ws + optimizer.variables]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_a_kernel_takes_the_step_that_the_equations_say(name, dtype, kernels_called):
    by_kernel = trained(CASES[name], dtype)
    by_equations = trained(CASES[name], dtype, listen=True)
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    for a, b in zip(by_kernel, by_equations, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def test_kernels_run_where_they_can_and_only_there(kernels_called):
    trained(CASES["Adam"], "float32", steps=1)
    assert kernels_called == ["adam"] * 3
    for make, dtype, listen in (
        (CASES["Adam"], "float16", False),
        (CASES["Adam"], "float32", True),
        (CASES["Lion"], "float32", False),
    ):
        kernels_called.clear()
        trained(make, dtype, steps=1, listen=listen)
        assert not kernels_called


def test_a_subclass_with_a_step_of_its_own_is_not_bypassed(kernels_called):
    class Still(optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            pass

    before, after = trained(Still, "float32", steps=0), trained(Still, "float32", steps=1)
    np.testing.assert_array_equal(before[0], after[0])
    assert not kernels_called


def test_a_subclass_that_keeps_the_step_keeps_the_kernel(kernels_called):
    class Named(optimizers.SGD):
        pass

    trained(Named, "float32", steps=1)
    assert kernels_called == ["sgd"] * 3


def test_values_on_a_tape_do_not_change(kernels_called):
    w = Variable([1.0, 2.0])
    y = w * w
    optimizers.SGD(1.0).apply([Tensor([1.0, 1.0])], [w])
    assert kernels_called == ["sgd"]
    y.sum().backward()
    assert w.grad.numpy().tolist() == [2.0, 4.0]
    assert w.numpy().tolist() == [0.0, 1.0]


def test_gradients_of_any_layout_are_taken(kernels_called):
    w = Variable(np.zeros((3, 2)), dtype="float32")
    with no_grad():
        transposed = Tensor(np.arange(6.0).reshape(2, 3), dtype="float32").T
    optimizers.SGD(1.0).apply([transposed], [w])
    np.testing.assert_array_equal(w.numpy(), -transposed.numpy())


def test_numba_is_loaded_only_when_it_pays(monkeypatch):
    monkeypatch.setattr(fused.jit, "in_use", lambda: False)
    monkeypatch.setattr(fused, "_updated_without", 0)
    small = [Variable(np.zeros(10), dtype="float32")]
    large = [Variable(np.zeros(fused.PATIENCE + 1), dtype="float32")]
    assert not fused._numba_is_worth_it(small) and not fused._numba_is_worth_it(large)
    assert fused._numba_is_worth_it(small)
