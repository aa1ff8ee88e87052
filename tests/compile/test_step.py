"""Compiled functions: when they record and replay, and that nobody can tell the difference."""

import contextlib
import logging
import os
import random
import signal
import threading

import numpy as np
import pytest

import minigrad as mg
from minigrad import Tensor, Variable, ops
from minigrad.autograd.tensor import wrap
from minigrad.compile import fragments, step
from minigrad.compile.plan import Fed
from minigrad.kernels import openblas, products


def tensor(*shape, seed=0, dtype="float32"):
    return Tensor(np.random.default_rng(seed).normal(size=shape).astype(dtype))


def counting(function):
    """The function, and a list that grows when its Python code runs."""
    calls = []

    def counted(*args, **kwargs):
        calls.append(1)
        return function(*args, **kwargs)

    return counted, calls


# Recording and replaying


def test_python_runs_once_for_each_signature():
    function, calls = counting(lambda x: ops.tanh(x) * 2)
    compiled = mg.compile(function)
    for _ in range(3):
        compiled(tensor(3))
    assert len(calls) == 1
    compiled(tensor(4))
    assert len(calls) == 2
    compiled(tensor(3, dtype="float64"))
    assert len(calls) == 3


@pytest.mark.parametrize(("most_bytes", "forgotten"), [(1 << 30, [1]), (0, [1, 2])])
def test_the_oldest_of_many_or_large_recordings_are_forgotten(monkeypatch, most_bytes, forgotten):
    monkeypatch.setattr(step, "_MOST_RECORDINGS", 4)
    monkeypatch.setattr(step, "_KEPT_ANYHOW", 3)
    monkeypatch.setattr(step, "_MOST_BYTES", most_bytes)
    seen = []

    @mg.compile
    def f(x):
        seen.append(len(x))
        return ops.sum(ops.exp(x) * x)

    def call(length):
        x = ops.arange(length, dtype="float32")
        assert float(f(x)) == pytest.approx(float(np.sum(np.exp(x) * x)))

    for length in (1, 2, 3, 1, 2, 3, 4, 5):
        call(length)
    assert seen == [1, 2, 3, 4, 5]
    for length in (5, 4, 3, *forgotten):
        call(length)
    assert seen == [1, 2, 3, 4, 5, *forgotten]


def test_arguments_that_are_no_arrays_are_part_of_the_signature():
    function, calls = counting(lambda x, flag=False, scale=1.0: -x if flag else x * scale)
    compiled = mg.compile(function)
    x = tensor(2)
    for _ in range(2):
        np.testing.assert_array_equal(compiled(x, flag=True).numpy(), -x.numpy())
        np.testing.assert_array_equal(compiled(x, scale=3.0).numpy(), 3 * x.numpy())
        np.testing.assert_array_equal(compiled(x).numpy(), x.numpy())
    assert len(calls) == 3


def test_equal_numbers_of_different_types_are_different_arguments():
    compiled = mg.compile(lambda x, n: x * n)
    x = Tensor([2], dtype="int32")
    assert compiled(x, 1).dtype == "int32"
    assert compiled(x, 1.0).dtype == "float32"
    assert compiled(x, 1).dtype == "int32"


def test_structures_go_in_and_come_out():
    compiled = mg.compile(lambda d: {"sum": d["a"] + d["b"][0], "same": (d["a"], None, "text", 3)})
    for seed in range(3):
        a, b = tensor(2, seed=seed), tensor(2, seed=seed + 9)
        result = compiled({"a": a, "b": [b]})
        np.testing.assert_array_equal(result["sum"].numpy(), (a + b).numpy())
        np.testing.assert_array_equal(result["same"][0].numpy(), a.numpy())
        assert result["same"][1:] == (None, "text", 3)


def test_numpy_arrays_are_inputs_not_constants():
    compiled = mg.compile(lambda x: np.exp(x) + x)
    for seed in range(3):
        x = tensor(3, seed=seed).numpy()
        np.testing.assert_allclose(compiled(x).numpy(), np.exp(x) + x, rtol=1e-6)


def test_results_are_not_overwritten_by_the_next_call():
    compiled = mg.compile(lambda x: ops.tanh(x) + 1)
    x = tensor(5)
    compiled(x)
    first = compiled(x)
    before = first.numpy()
    compiled(x * 3)
    np.testing.assert_array_equal(first.numpy(), before)


def test_a_compiled_gradient_is_the_gradient():
    compiled = mg.compile(mg.grad(lambda x: ops.sum(ops.tanh(2 * x + 1) * x)))
    for seed in range(3):
        x = tensor(20, seed=seed)
        t = np.tanh(2 * x.numpy() + 1)
        expected = t + 2 * x.numpy() * (1 - t * t)
        np.testing.assert_allclose(compiled(x).numpy(), expected, rtol=2e-5, atol=1e-6)


def test_second_derivatives_compile_too():
    compiled = mg.compile(mg.grad(mg.grad(ops.sin)))
    for value in (0.3, 0.5):
        np.testing.assert_allclose(float(compiled(Tensor(value))), -np.sin(value), rtol=1e-5)


def test_inside_a_tape_the_function_itself_runs_so_that_gradients_flow():
    compiled = mg.compile(lambda x: x * x)
    x = Tensor(3.0, requires_grad=True)
    compiled(Tensor(3.0))
    compiled(x).backward()
    assert float(x.grad) == 6
    assert float(mg.grad(compiled)(3.0)) == 6


def test_a_compiled_function_inside_another_becomes_part_of_it():
    inner = mg.compile(lambda x: ops.exp(x))
    outer = mg.compile(lambda x: inner(x) + 1)
    for seed in range(3):
        x = tensor(4, seed=seed)
        np.testing.assert_allclose(outer(x).numpy(), np.exp(x.numpy()) + 1, rtol=1e-6)


def test_methods_can_be_compiled():
    class Scaler:
        def __init__(self, factor):
            self.factor = factor

        @mg.compile
        def scale(self, x):
            return x * self.factor

    two, three = Scaler(2.0), Scaler(3.0)
    for _ in range(2):
        assert float(two.scale(Tensor(1.0))) == 2
        assert float(three.scale(Tensor(1.0))) == 3


def test_symbolic_arguments_run_the_function():
    assert mg.compile(lambda x: ops.sum(x, axis=0))(mg.KerasTensor((None, 3))).shape == (3,)


def test_empty_arrays_and_scalars_compile():
    compiled = mg.compile(lambda x: (ops.sum(x), x + 1, ops.reshape(x, (-1,)) @ ops.ones((0, 2))))
    for _ in range(2):
        total, empty, product = compiled(Tensor(np.zeros((0, 3), "float32")))
        assert (float(total), empty.shape) == (0.0, (0, 3))
        np.testing.assert_array_equal(product.numpy(), [0, 0])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "uint8", "int8", "int64", "bool"])
def test_every_dtype_compiles(dtype):
    compiled = mg.compile(lambda x: (x + x, ops.cast(x, "float32") * 2, ops.sum(x)))
    x = ops.cast(Tensor([0, 1, 3]), dtype)
    eager = compiled(x)
    for ours, theirs in zip(compiled(x), eager, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


# Variables


def test_variables_are_read_and_written_at_each_call():
    v = Variable([1.0, 2.0])

    @mg.compile
    def step(x):
        v.assign(v * 2 + x)
        return v.value

    expected = np.array([1.0, 2.0])
    for _ in range(4):
        expected = expected * 2 + 1
        np.testing.assert_array_equal(step(Tensor(1.0)).numpy(), expected)
        np.testing.assert_array_equal(v.numpy(), expected)


def test_an_assignment_from_outside_is_noticed():
    v = Variable([1.0])
    step = mg.compile(lambda: v.assign_add(ops.ones((1,))))
    for value in (1.0, 10.0, 20.0, 5.0):
        v.assign([value])
        step()
        assert v.numpy() == value + 1


def test_a_value_once_read_never_changes():
    v = Variable(np.zeros(3, "float32"))
    step = mg.compile(lambda: v.assign_add(ops.ones((3,))))
    seen = []
    for _ in range(5):
        step()
        seen.append(v.value)
    assert [float(one[0]) for one in seen] == [1, 2, 3, 4, 5]


def test_two_programs_share_the_variables():
    v = Variable([0.0])
    up = mg.compile(lambda: v.assign_add(ops.ones((1,))))
    double = mg.compile(lambda: v.assign(v * 2))
    read = mg.compile(lambda: v * 1.5)
    for _ in range(3):
        up()
        double()
    assert v.numpy() == ((0 + 1) * 2 + 1) * 2 * 2 + 2
    assert float(read()) == 1.5 * v.numpy()
    assert float(read()) == 1.5 * v.numpy()


def test_variables_that_swap_their_values():
    a, b = Variable([1.0]), Variable([2.0])

    @mg.compile
    def swap():
        old = a.value
        a.assign(b)
        b.assign(old)

    for _ in range(4):
        swap()
    swap()
    assert (a.numpy(), b.numpy()) == (2, 1)


def test_variables_that_were_given_one_and_the_same_tensor_stay_apart():
    same = Tensor([1.0])
    a, b = Variable([0.0]), Variable([0.0])
    a.assign(same)
    b.assign(same)

    @mg.compile
    def step():
        a.assign(a + 1)
        return a - b

    assert [float(step()) for _ in range(4)] == [1, 2, 3, 4]


def test_a_value_assigned_to_two_variables():
    a, b = Variable([0.0]), Variable([0.0])

    @mg.compile
    def step(x):
        a.assign(x * 2)
        b.assign(a)
        b.assign_add(a)

    for value in (1.0, 2.0, 3.0):
        step(Tensor([value]))
        assert (a.numpy(), b.numpy()) == (2 * value, 4 * value)


def test_the_old_value_can_be_returned():
    v = Variable([1.0])

    @mg.compile
    def step():
        old = v.value
        v.assign(v * 3)
        return old

    assert [float(step()) for _ in range(4)] == [1, 3, 9, 27]


def test_a_value_needed_after_its_update_is_kept():
    v = Variable(np.eye(3, dtype="float32"))

    @mg.compile
    def step(x):
        old = v.value
        new = old * 2
        v.assign(new)
        return x @ old + x @ new

    x = tensor(2, 3)
    for power in range(4):
        np.testing.assert_allclose(step(x).numpy(), 3 * 2**power * x.numpy(), rtol=1e-6)


def test_a_function_that_makes_its_variables_is_recorded_when_they_are_there():
    made = []

    @mg.compile
    def step(x):
        if not made:
            made.append(Variable([0.0]))
        made[0].assign_add(x)
        return made[0].value

    assert [float(step(Tensor([1.0]))) for _ in range(4)] == [1, 2, 3, 4]


def test_freezing_a_variable_records_anew():
    a, b = Variable([1.0]), Variable([1.0])

    @mg.compile
    def step():
        with mg.GradientTape() as tape:
            loss = ops.sum(a * a * b)
        for v, g in zip((a, b), tape.gradient(loss, (a, b)), strict=True):
            if g is not None:
                v.assign_sub(0.1 * g)

    step()
    step()
    b.trainable = False
    before = b.numpy()
    step()
    step()
    assert b.numpy() == before


def test_gradients_of_backward_are_state():
    w = Variable([1.0, 2.0])

    def step(x):
        loss = ops.sum(w * w * x)
        loss.backward()
        w.assign_sub(0.1 * w.grad)
        w.grad = None
        return loss

    def run(function):
        w.assign([1.0, 2.0])
        w.grad = None
        losses = [float(function(Tensor([1.0, float(i)]))) for i in range(5)]
        return losses, w.numpy().tolist()

    compiled = mg.compile(step)
    losses, values = run(step)
    for _ in range(2):
        ours = run(compiled)
        np.testing.assert_allclose(ours[0], losses, rtol=1e-5)
        np.testing.assert_allclose(ours[1], values, rtol=1e-5)


def test_gradients_that_pile_up_pile_up():
    w = Variable([1.0])

    @mg.compile
    def step():
        ops.sum(w * 3.0).backward()

    for i in range(1, 5):
        step()
        assert w.grad.numpy() == 3 * i


def test_random_numbers_are_new_at_each_call_and_the_same_as_uncompiled():
    def draws(compiled):
        generator = mg.random.SeedGenerator(1)
        function = lambda: mg.random.normal((3,), seed=generator)  # noqa: E731
        function = mg.compile(function) if compiled else function
        return np.stack([function().numpy() for _ in range(4)])

    ours, theirs = draws(True), draws(False)
    np.testing.assert_array_equal(ours, theirs)
    assert len(np.unique(ours)) == ours.size


# What must be refused

v = Variable(1.0, trainable=False, name="a_number")

REFUSED = {
    "float": lambda x: x * float(ops.sum(x)),
    "int": lambda x: x * int(ops.sum(x)),
    "bool": lambda x: x if ops.sum(x) > 0 else -x,
    "item": lambda x: x * ops.sum(x).item(),
    "tolist": lambda x: x * x.tolist()[0],
    "numpy": lambda x: x * x.numpy(),
    "asarray": lambda x: x * np.asarray(x),
    "format": lambda x: x * len(f"{ops.sum(x):.2f}"),
    "print": lambda x: (print(x), x)[1],
    "a NumPy function that only looks": lambda x: x * np.unique(x).size,
    "the value of a variable": lambda x: x * float(v),
    "np.random": lambda x: x * np.random.rand(),
    "random": lambda x: x * random.random(),
    "where without values": lambda x: x * ops.where(x > 0)[0].shape[0],
    "a loop on a condition": lambda x: ops.while_loop(lambda n: n < 3, lambda n: n + 1, ops.sum(x)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_looking_at_a_value_is_refused_with_the_line(name):
    compiled = mg.compile(REFUSED[name])
    with pytest.raises(RuntimeError, match="cannot be compiled") as error:
        compiled(Tensor([1.0, 2.0]))
    if "random" not in name:
        assert f"{__file__}, line" in str(error.value)
        assert f'"{name}": lambda x' in str(error.value)


@pytest.mark.parametrize("name", REFUSED)
def test_with_a_fallback_it_runs_as_it_is_and_says_why_once(name, caplog):
    function = REFUSED[name]
    compiled = mg.compile(function, fallback=True)
    with caplog.at_level(logging.WARNING, logger="minigrad"):
        for seed in range(3):
            x = ops.abs(tensor(2, seed=seed))
            random.seed(0)
            np.random.seed(0)
            ours = compiled(x)
            random.seed(0)
            np.random.seed(0)
            np.testing.assert_array_equal(ours.numpy(), function(x).numpy())
    assert len(caplog.records) == 1
    assert "cannot be compiled" in caplog.text


def test_a_refused_step_is_done_once():
    w = Variable([0.0])

    def step(x):
        w.assign_add(x)
        if w.value[0] > 100:
            w.assign([0.0])
        w.assign_add(x)

    compiled = mg.compile(step, fallback=True)
    for _ in range(3):
        compiled(Tensor([1.0]))
    assert w.numpy() == 6


def test_looking_at_shapes_and_constants_is_allowed():
    compiled = mg.compile(lambda x: x * float(ops.sum(ops.ones((3,)))) / x.shape[0])
    for _ in range(2):
        np.testing.assert_allclose(compiled(Tensor([1.0, 2.0])).numpy(), [1.5, 3.0])


def test_an_error_in_the_function_leaves_nothing_behind():
    def step(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        mg.compile(step)(Tensor(1.0))
    assert mg.autograd.record.THREAD.mode.tracer is None
    assert mg.autograd.record.THREAD.mode.listeners == ()


def test_custom_gradients_are_traced_as_what_they_compute():
    @mg.custom_gradient
    def doubled(x):
        return x * 2, lambda upstream: upstream * 10

    compiled = mg.compile(mg.value_and_grad(lambda x: ops.sum(doubled(x) * x)))
    for seed in range(3):
        x = tensor(3, seed=seed)
        value, gradient = compiled(x)
        np.testing.assert_allclose(float(value), 2 * np.sum(x.numpy() ** 2), rtol=1e-5)
        np.testing.assert_allclose(gradient.numpy(), 12 * x.numpy(), rtol=1e-5)


def test_large_inputs_are_read_where_they_are_however_they_lie():
    f = mg.compile(lambda x, w: ops.sum(ops.tanh(x @ w), axis=0))
    w = np.random.default_rng(0).normal(size=(64, 32)).astype("float32")
    base = np.random.default_rng(1).normal(size=(600, 128)).astype("float32")
    views = [base[:200, :64].copy(), base[200:400, :64], base[400:, 64:].copy(order="F")]
    views.append(np.frombuffer(b"\0" + views[0].tobytes(), np.uint8)[1:].view("float32"))
    views[-1] = views[-1].reshape(200, 64)
    for x in views * 2:
        expected = np.tanh(x.astype("float64") @ w).sum(axis=0)
        np.testing.assert_allclose(f(x, w), expected, rtol=1e-4, atol=1e-4)


def test_a_borrowed_argument_that_the_function_keeps_is_a_copy():
    kept = []

    def step(x):
        kept.append(x)
        return x * 2.0

    f = mg.compile(step, borrowed=True)
    base = np.ones((4, 3), "float32")
    f(wrap(base[1:3]))
    base[:] = 7
    np.testing.assert_array_equal(kept[0], np.ones((2, 3)))


# Work that threads share out


def two_weights():
    """Two Variables, a compiled step that makes them fit, and what it does, by NumPy."""
    generator = np.random.default_rng(0)
    starts = [generator.normal(size=(400, 300), scale=0.05).astype("float32") for _ in range(2)]
    variables = [Variable(start) for start in starts]

    @mg.compile
    def step(x, y):
        with mg.GradientTape() as tape:
            loss = sum(ops.mean(ops.square(x @ w - y)) for w in variables)
        for w, slope in zip(variables, tape.gradient(loss, variables), strict=True):
            w.assign_sub(0.5 * slope)
        return loss

    def expected(x, y, steps):
        values = [start.astype("float64") for start in starts]
        for _ in range(steps):
            values = [w - x.T @ (x @ w - y) / y.size for w in values]
        return values

    x = generator.normal(size=(20, 400)).astype("float32")
    y = generator.normal(size=(20, 300)).astype("float32")
    return step, variables, expected, x, y


@pytest.mark.parametrize("kernels", ["machine code", "python"])
def test_a_large_gradient_is_used_strip_by_strip(kernels, request):
    if kernels == "python":
        request.getfixturevalue("python_kernels")
    step, variables, expected, x, y = two_weights()
    for _ in range(4):
        step(x, y)
    fed = [one for one in step.replays[0].plan.steps if isinstance(one, Fed)]
    assert len(fed) == 2
    assert products.strips_of(400, 300, 20, fed=True)[0] > 1
    for variable, value in zip(variables, expected(x, y, 4), strict=True):
        np.testing.assert_allclose(variable.numpy(), value, rtol=1e-4, atol=1e-6)


def test_a_large_gradient_that_is_returned_is_whole():
    w = Variable(np.ones((300, 200), "float32"))
    b = Variable(np.ones((300, 200), "float32"))

    @mg.compile
    def step(x):
        with mg.GradientTape() as tape:
            loss = ops.sum(x @ w) + ops.sum(x @ b)
        slopes = tape.gradient(loss, [w, b])
        for variable, slope in zip((w, b), slopes, strict=True):
            variable.assign_sub(0.1 * slope)
        return slopes[0]

    x = np.random.default_rng(0).normal(size=(8, 300)).astype("float32")
    for _ in range(3):
        slope = step(x).numpy()
    np.testing.assert_allclose(slope, np.repeat(x.sum(0)[:, None], 200, 1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(w.numpy(), 1 - 0.3 * slope, rtol=1e-4, atol=1e-5)


def test_sums_over_rows_are_shared_out_by_columns(monkeypatch, python_kernels):
    monkeypatch.setattr(fragments, "_PARALLEL_ABOVE", 1)
    monkeypatch.setattr(fragments, "_SHARE", 1)

    @mg.compile
    def f(x, b):
        y = ops.tanh(x + b)
        return ops.sum(y * x, axis=0), y, ops.max(x, axis=0)

    x, b = tensor(7, 300), tensor(300, seed=1)
    first, second = f(x, b), f(x, b)
    (launch,) = f.replays[0].plan.steps
    assert launch.shares > 1
    assert "width" in launch.source
    for one, other in zip(first, second, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_the_blas_starts_threads_again_when_the_last_user_is_done():
    library = openblas.blas()
    if library is None or library._get is None:
        pytest.skip("NumPy comes with another BLAS")
    before = library._get()
    with library.alone():
        with pytest.raises(ZeroDivisionError), library.alone():
            assert library._get() == 1
            1 / 0  # noqa: B018
        assert library._get() == 1
    assert library._get() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("held", [False, True], ids=["a user", "the lock"])
def test_a_child_forked_while_the_blas_is_used_has_it_to_itself(held):
    library = openblas.blas()
    if library is None or library._get is None:
        pytest.skip("NumPy comes with another BLAS")
    before = library._get()
    inside, go_on = threading.Event(), threading.Event()

    def use():
        with library.alone(), library._lock if held else contextlib.nullcontext():
            inside.set()
            go_on.wait(0.2 if held else 20)  # the lock is waited for before a process is forked

    thread = threading.Thread(target=use)
    thread.start()
    assert inside.wait(20)
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # rather than hang
        fine = library._get() == before
        with library.alone():
            fine &= library._get() == 1
        os._exit(0 if fine and library._get() == before and not library._users else 1)
    go_on.set()
    thread.join(20)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert library._get() == before


@pytest.mark.parametrize("shape", [(96, 500, 300), (300, 500, 96), (33, 700, 61), (1, 3, 2)])
def test_strips_cover_a_product(shape, monkeypatch):
    monkeypatch.setattr(products.os, "cpu_count", lambda: 5)
    m, n, k = shape
    for fed in (False, True):
        strips, height, width = products.strips_of(m, n, k, fed)
        assert (strips - 1) * height < m <= strips * height if height < m else height >= m
        assert (strips - 1) * width < n <= strips * width if width < n else width >= n
        assert strips == 1 or height % 16 == 0 or width % 16 == 0


def test_the_slope_of_gelu_is_computed_with_gelu(python_kernels):
    weights = tensor(4, 6), tensor(6, 3, seed=1)

    def loss(x):
        return ops.sum(ops.square(ops.gelu(x @ weights[0], approximate=False) @ weights[1]))

    slope, x = mg.grad(loss), tensor(5, 4, seed=2)
    compiled = mg.compile(slope)
    for _ in range(2):
        np.testing.assert_allclose(compiled(x), slope(x), rtol=1e-5, atol=1e-6)
    kernels = [
        {equation.primitive.name for equation in launch.equations}
        for launch in compiled.replays[0].plan.fused.launches
    ]
    assert {"gelu_erf", "gelu_erf_slope"} in kernels


def test_long_products_are_done_by_tiles(monkeypatch):
    if openblas.blas() is None or openblas.blas()._set is None:
        pytest.skip("products are NumPy's here")
    monkeypatch.setattr(products, "_MANY_ROWS", 1)
    monkeypatch.setattr(products, "processor_has", lambda feature: feature == "fma")
    x, w, v = tensor(70, 7), tensor(7, 32, seed=1), tensor(48, 7, seed=2)
    many, matrices = tensor(3, 9, 32, seed=3), tensor(3, 32, 16, seed=4)
    left, right = tensor(301, 40, seed=5), tensor(301, 67, seed=6)  # neither depth nor panels whole
    found, own = [], products.tiled_kernel
    monkeypatch.setattr(products, "tiled_kernel", lambda *a: found.append(own(*a)) or found[-1])

    @mg.compile
    def f(x, w, v, many, matrices, left, right):
        rows = x @ w, x @ ops.transpose(v), many @ matrices
        sums = ops.transpose(left) @ right, ops.transpose(right) @ left
        return *rows, *sums, ops.transpose(x) @ x  # too narrow a result

    inputs = x, w, v, many, matrices, left, right
    for made, again in zip(f(*inputs), f(*inputs), strict=True):
        np.testing.assert_allclose(made, again, rtol=1e-5, atol=2e-5)
    names = [kernel and kernel.__name__ for kernel in found]
    assert names == ["_tiled_rows"] * 3 + ["_tiled_sums"] * 2 + [None]


@pytest.mark.parametrize("kind", ["whole", "causal", "masked"])
def test_attention_is_launched_natively_and_equals_eager(kind):
    rng = np.random.default_rng(3)
    inputs = [rng.normal(size=(2, 19, 3, 8)).astype("float32") for _ in range(3)]
    mask = rng.random((2, 1, 19, 19)) < 0.6 if kind == "masked" else None

    def loss(q, k, v):
        found = ops.dot_product_attention(q, k, v, mask=mask, is_causal=kind == "causal")
        return ops.sum(ops.square(found))

    slopes = mg.grad(loss, argnums=(0, 1, 2))
    step = mg.compile(slopes)
    for _ in range(3):
        compiled = step(*inputs)
    for a, b in zip(compiled, slopes(*inputs), strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-6, atol=1e-6)
    replay = step.replays[-1]
    assert all(replay.rows.of(one) is not None for one in replay.plan.steps)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("masked", [False, True])
def test_walks_over_sequences_are_launched_natively_and_equal_eager(kind, masked):
    rng = np.random.default_rng(4)
    x = rng.normal(size=(19, 6, 5)).astype("float32")
    mask = rng.random((19, 6)) < 0.7 if masked else None
    layer = getattr(mg.layers, kind)(7, return_sequences=True, go_backwards=masked)
    layer.build(x.shape)

    def slope(x):
        return mg.grad(lambda x: ops.sum(ops.square(layer(x, mask=mask))))(x)

    step = mg.compile(slope)
    for _ in range(3):
        compiled = step(x)
    np.testing.assert_allclose(np.asarray(compiled), np.asarray(slope(x)), rtol=1e-6, atol=1e-6)
    replay = step.replays[-1]
    by_python = [str(one.title) for one in replay.plan.steps if replay.rows.of(one) is None]
    assert not any("walk" in title or "slope" in title for title in by_python)
