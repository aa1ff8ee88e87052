"""The walk back: sums over uses, depth, order, broadcasting, memory, threads, errors."""

import gc
import itertools
import threading
import time
import weakref

import numpy as np
import pytest

import minigrad as mg
from minigrad import Tensor, autograd, ops
from minigrad.autograd.primitive import PRIMITIVES, Primitive
from minigrad.autograd.record import THREAD


def leaf(value, dtype="float64"):
    return Tensor(value, dtype, requires_grad=True)


def state_of_this_thread():
    mode = THREAD.mode
    return {name: getattr(mode, name) for name in type(mode).__slots__}


# Graphs


def test_a_diamond_sums_both_ways():
    x = leaf(3.0)
    a, b = x * 2, x * x
    (a * b).backward()  # 2x³
    assert x.grad.item() == 6 * 9


def test_nested_diamonds_are_walked_once_each():
    x = y = leaf(1.0)
    for _ in range(60):  # 2⁶⁰ paths
        y = y + y
    y.backward()
    assert x.grad.item() == 2.0**60


def test_a_node_that_is_used_a_thousand_times():
    x = leaf([1.0, 2.0])
    y = x * x
    total = y * 0
    for k in range(1000):
        total = total + k * y
    total.sum().backward()
    assert np.allclose(x.grad, 2 * np.array([1.0, 2.0]) * sum(range(1000)))


def test_one_tensor_as_both_operands():
    x = leaf(3.0)
    (x * x - x / x + x**x).backward()
    assert np.isclose(x.grad.item(), 6 + 27 * (np.log(3) + 1))


def chain(length):
    """The seconds that a chain of ops takes, there and back."""
    x = y = leaf(1.0, "float32")
    start = time.process_time()
    for k in range(length):
        y = y + 0.5 if k % 2 else y * 1.0
    y.backward()
    seconds = time.process_time() - start
    assert x.grad.item() == 1
    return seconds


def test_a_hundred_thousand_chained_ops_take_linear_time():
    chain(1000)
    short = min(chain(10_000) for _ in range(5))
    # Quadratic time would be 100 times as much; a busy machine gets some room and three attempts.
    assert min(chain(100_000) for _ in range(3)) < 10 * short * 8


def test_a_long_chain_is_differentiated_twice_and_dropped():
    x = y = leaf(1.0)
    for _ in range(20_000):
        y = y * 1.0
    y = y * y
    y.backward(create_graph=True)
    first = x.grad
    x.grad = None
    first.backward()
    assert (first.item(), x.grad.item()) == (2, 2)


# Again


def test_a_second_backward_accumulates():
    x = leaf(3.0)
    y = x * x
    y.backward()
    y.backward()
    (2 * x).backward()
    assert x.grad.item() == 6 + 6 + 2
    x.grad = None
    y.backward()
    assert x.grad.item() == 6


def test_parts_of_a_graph_can_be_walked_one_by_one():
    x = leaf(2.0)
    shared = ops.exp(x)
    (shared * 3).backward()
    (shared * shared).backward()
    assert np.isclose(x.grad.item(), 3 * np.exp(2) + 2 * np.exp(4))


@pytest.mark.parametrize(
    ("f", "derivatives"),
    [
        (lambda x: x**5, [5 * 2**4, 20 * 2**3, 60 * 2**2, 120 * 2]),
        (ops.sin, [np.cos(2), -np.sin(2), -np.cos(2), np.sin(2)]),
        (ops.exp, [np.exp(2)] * 4),
        (ops.log, [1 / 2, -1 / 4, 2 / 8, -6 / 16]),
        (lambda x: 1 / x, [-1 / 4, 2 / 8, -6 / 16, 24 / 32]),
        (lambda x: ops.sum(ops.stack([x, x]) ** 3), [6 * 4, 12 * 2, 12, 0]),
    ],
)
def test_derivatives_up_to_the_fourth(f, derivatives):
    x = leaf(2.0)
    y = f(x)
    for expected in derivatives:
        x.grad = None
        y.backward(create_graph=True)
        y = x.grad
        assert np.isclose(y.item(), expected)


def test_create_graph_lets_a_penalty_on_the_gradient_be_trained():
    w = leaf([1.0, -2.0])
    loss = (w**3).sum()
    loss.backward(create_graph=True)
    penalty = (w.grad**2).sum()  # Σ 9 w⁴
    w.grad = None
    penalty.backward()
    assert np.allclose(w.grad, 36 * np.array([1.0, -8.0]))


def test_without_create_graph_gradients_are_not_on_the_tape():
    x = leaf(2.0)
    (x * x).backward()
    assert not x.grad.requires_grad


# Broadcasting

SHAPES = [
    shape
    for rank in range(5)
    for shape in itertools.product(*[(1, n) for n in (2, 3, 2, 4)[4 - rank :]])
]


@pytest.mark.parametrize("rank", range(5))
def test_gradients_through_broadcasting_of_every_pair_of_shapes(rank):
    rng = np.random.default_rng(rank)
    for first, second in itertools.product([s for s in SHAPES if len(s) == rank], SHAPES):
        a, b = leaf(rng.normal(size=first)), leaf(rng.normal(size=second))
        out = a * b + a - b
        upstream = rng.normal(size=out.shape)
        out.backward(upstream)
        for x, slope in ((a, b.numpy() + 1), (b, a.numpy() - 1)):
            full = np.broadcast_to(upstream * slope, out.shape)
            extra = out.ndim - x.ndim
            kept = tuple(extra + k for k, n in enumerate(x.shape) if n == 1)
            expected = full.sum(axis=(*range(extra), *kept)).reshape(x.shape)
            assert x.grad.shape == x.shape and np.allclose(x.grad, expected)


@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 1, 3)])
def test_gradients_through_empty_tensors(shape):
    x, y = leaf(np.zeros(shape)), leaf(1.0)
    (x * y).sum().backward()
    assert x.grad.shape == shape and y.grad.item() == 0


def test_the_gradient_has_the_dtype_of_its_tensor():
    x, y = Tensor([1.0, 2.0], "float16", True), Tensor([3.0, 4.0], "float32", True)
    (x * y).sum().backward()
    assert (x.grad.dtype, y.grad.dtype) == ("float16", "float32")
    z = Tensor([1.0], "float64", requires_grad=True)
    (ops.cast(z, "bfloat16") * 2).sum().backward()
    assert z.grad.dtype == "float64"


# Where to start, and where it ends


def test_what_was_not_used_has_no_gradient():
    x, y = leaf(1.0), leaf(2.0)
    (x * 2).backward()
    assert y.grad is None
    Tensor(3.0).grad  # noqa: B018  (no error)
    assert Tensor(3.0).grad is None


def test_a_result_that_is_no_scalar_needs_an_upstream_gradient():
    x = leaf([1.0, 2.0])
    with pytest.raises(ValueError, match=r"y.backward\(gradient\).*shape=\(2,\)"):
        (x * x).backward()
    (x * x).backward([1.0, 10.0])
    assert x.grad.numpy().tolist() == [2, 40]
    with pytest.raises(ValueError, match="shape of the result"):
        (x * x).backward([1.0])
    (leaf([[3.0]]) * 2).backward()  # one element is a scalar enough


def test_nothing_watched_means_nothing_to_walk():
    with pytest.raises(RuntimeError, match="does not depend on anything that is watched"):
        (Tensor(1.0) * 2).backward()
    with pytest.raises(RuntimeError, match="watched"), mg.no_grad():
        (leaf(1.0) * 2).backward()


def test_backward_from_a_leaf_is_its_upstream():
    x = leaf([1.0, 2.0])
    x.backward([5.0, 6.0])
    assert x.grad.numpy().tolist() == [5, 6]


def test_intermediates_keep_their_gradient_on_request():
    x = leaf([1.0, 2.0])
    y = (x * x).retain_grad()
    first, second = ops.unstack(x)
    top = ops.top_k(x, 2)[0].retain_grad()
    z = y.sum() + first * second + top.sum()
    assert y.grad is None
    z.backward()
    z.backward()
    assert y.grad.numpy().tolist() == [2, 2] and top.grad.numpy().tolist() == [2, 2]
    assert z.grad is None
    y.grad = None
    z.backward()
    assert y.grad.numpy().tolist() == [1, 1]


def test_only_what_is_watched_has_a_gradient_to_set():
    with pytest.raises(ValueError, match="requires_grad=True"):
        Tensor(1.0).grad = Tensor(1.0)


def test_integers_cut_the_way():
    x = leaf(2.5)
    y = ops.cast(ops.cast(x, "int32"), "float64") * x
    y.backward()
    assert x.grad.item() == 2


# Errors leave nothing behind


def failing(*_, **__):
    raise ArithmeticError("a rule that fails")


BROKEN_RULE = Primitive("broken_rule", lambda x: x, (failing,), inputs="x")
BROKEN_KERNEL = Primitive("broken_kernel", failing, (None,), inputs="x")


@pytest.mark.parametrize(
    "run",
    [
        lambda x: BROKEN_KERNEL(x),
        lambda x: BROKEN_RULE(x * 2).backward(),
        lambda x: BROKEN_RULE(x * 2).backward(create_graph=True),
        lambda x: autograd.grad(lambda v: BROKEN_RULE(v * v))(x),
        lambda x: autograd.grad(autograd.grad(lambda v: BROKEN_RULE(v * v)))(x),
        lambda x: autograd.grad(failing)(x),
        lambda x: autograd.jacobian(BROKEN_RULE)(x),
        lambda x: autograd.vjp(failing, x),
        lambda x: mg.custom_gradient(failing)(x),
        lambda x: mg.custom_gradient(lambda v: (v * 1, failing))(x).backward(),
        lambda x: mg.no_grad()(failing)(),
        lambda x: autograd.compute_output_spec(failing, x),
    ],
)
def test_an_exception_leaves_no_global_state(run):
    before = state_of_this_thread()
    x = leaf(2.0)
    with pytest.raises(ArithmeticError):
        run(x)
    assert state_of_this_thread() == before
    (x * x).backward()
    assert x.grad.item() == 4
    assert "broken_rule" not in PRIMITIVES


def test_an_exception_inside_a_tape_ends_its_recording():
    before = state_of_this_thread()
    x = leaf(2.0)
    with pytest.raises(ZeroDivisionError), mg.GradientTape() as tape, mg.no_grad():
        y = x * x
        1 / 0  # noqa: B018
    assert state_of_this_thread() == before and y.requires_grad is False
    with pytest.raises(ZeroDivisionError), mg.GradientTape() as tape, tape.stop_recording():
        1 / 0  # noqa: B018
    assert state_of_this_thread() == before


def test_an_error_in_the_middle_of_the_walk_changes_no_gradient():
    x = leaf(2.0)
    (x * x).backward()
    with pytest.raises(ArithmeticError):
        (BROKEN_RULE(x) + x * 5).backward()
    assert x.grad.item() == 4


# Memory


def test_a_dropped_graph_goes_without_the_garbage_collector():
    gc.collect()
    gc.disable()
    try:
        x = leaf(np.ones((100, 100)))
        middle = ops.tanh(x @ x) * x + ops.top_k(x, 3)[0].sum()
        loss = (middle * middle).sum()
        tensors = [weakref.ref(t) for t in (middle, loss)]
        array = weakref.ref(middle._value)
        loss.backward()
        del middle
        assert tensors[0]() is not None  # the loss still needs it
        del loss
        assert [ref() for ref in tensors] == [None, None] and array() is None
        gradient = weakref.ref(x.grad)
        x.grad = None
        assert gradient() is None
    finally:
        gc.enable()


def test_gradients_of_gradients_go_without_the_garbage_collector():
    gc.collect()
    gc.disable()
    try:
        x = leaf(2.0)
        y = x**3
        y.backward(create_graph=True)
        refs = [weakref.ref(y), weakref.ref(x.grad)]
        x.grad = None
        del y
        assert [ref() for ref in refs] == [None, None]
        with mg.GradientTape() as tape:
            z = x * x
        ref = weakref.ref(z)
        tape.gradient(z, x)
        del z
        assert ref() is None
    finally:
        gc.enable()


def test_training_without_the_garbage_collector_needs_no_more_memory_each_step():
    gc.collect()
    gc.disable()
    try:
        w = mg.Variable(np.ones((50, 50), "float32"))
        sizes = []
        for step in range(30):
            loss = ops.mean(ops.square(ops.tanh(w @ w) - 1.0))
            loss.backward()
            w.assign_sub(0.1 * w.grad)
            w.grad = None
            del loss
            sizes.append(len(gc.get_objects()) if step % 10 == 9 else 0)
        assert sizes[29] <= sizes[9] + 5
    finally:
        gc.enable()


def test_a_long_graph_is_freed_without_recursion():
    x = y = leaf(1.0)
    for _ in range(200_000):
        y = y + 1.0
    del y
    x.backward(1.0)


# Threads


def test_two_threads_each_have_a_tape():
    errors = []

    def work(number):
        try:
            x = leaf(float(number))
            for k in range(200):
                with mg.GradientTape() as tape:
                    y = ops.sin(x) * x * k
                    with tape.stop_recording():
                        x * x
                expected = k * (np.sin(number) + number * np.cos(number))
                assert np.isclose(tape.gradient(y, x).item(), expected)
                y.backward()
                assert np.isclose(x.grad.item(), expected)
                x.grad = None
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


def test_no_grad_holds_in_its_own_thread_only():
    found = []
    with mg.no_grad():
        thread = threading.Thread(target=lambda: found.append((leaf(1.0) * 2).requires_grad))
        thread.start()
        thread.join()
        assert not (leaf(1.0) * 2).requires_grad
    assert found == [True]


def test_a_graph_of_one_thread_is_walked_by_another():
    x = leaf(3.0)
    y = x * x
    thread = threading.Thread(target=y.backward)
    thread.start()
    thread.join()
    assert x.grad.item() == 6
