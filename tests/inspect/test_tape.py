"""The tape, printed: what a line says, filters, gradients before and after the walk back."""

import weakref

import numpy as np
import pytest

from minigrad import GradientTape, Tensor, inspect, layers, losses, models, ops


@pytest.fixture
def trained():
    model = models.Sequential(
        [layers.Dense(4, activation="relu", name="hidden"), layers.Dense(2, name="out")],
        name="net",
    )
    x = np.linspace(-1, 1, 15, dtype="float32").reshape(5, 3)
    loss = losses.MeanSquaredError()(np.ones((5, 2), "float32"), model(x))
    return model, loss


def test_a_line_says_what_went_in_and_what_came_out():
    x = Tensor(3.0, requires_grad=True)
    y = x * x + 2.0 * x
    y.backward()
    watched, square, double, total = inspect.tape(y).lines
    assert (watched.op, float(watched.value), float(watched.gradient)) == ("watched", 3.0, 8.0)
    assert (square.op, square.inputs, float(square.value)) == ("multiply", ("x1", "x1"), 9.0)
    assert double.inputs == ("2", "x1")
    assert total.inputs == ("#1", "#2")
    assert float(total.gradient) == 1.0


def test_before_backward_there_is_no_gradient_and_it_says_so(trained):
    _, loss = trained
    printed = str(inspect.tape(loss))
    assert "no gradient yet" in printed
    assert "gradient" not in printed.splitlines()[0]
    loss.backward()
    assert "gradient" in str(inspect.tape(loss)).splitlines()[0]


def test_weights_have_the_names_of_their_layers(trained):
    _, loss = trained
    names = [line.name for line in inspect.tape(loss).lines if line.op == "weight"]
    assert names == ["hidden/kernel", "hidden/bias", "out/kernel", "out/bias"]


def test_gradients_of_intermediate_results_are_those_of_the_walk(trained):
    model, loss = trained
    hidden = next(line for line in inspect.tape(loss).lines if line.op == "relu").record
    loss.backward()
    line = next(line for line in inspect.tape(loss).lines if line.op == "relu")
    out = model.layers[1]
    y = hidden.output @ out.kernel.numpy() + out.bias.numpy()
    by_y = 2 * (y - 1) / y.size
    np.testing.assert_allclose(line.gradient, by_y @ out.kernel.numpy().T, rtol=1e-5)


def test_looking_changes_nothing(trained):
    model, loss = trained
    loss.backward()
    before = [weight.grad.numpy().tobytes() for weight in model.weights]
    inspect.tape(loss)
    assert [weight.grad.numpy().tobytes() for weight in model.weights] == before


def test_kept_gradients_are_not_added_to():
    x = Tensor(3.0, requires_grad=True)
    square = (x * x).retain_grad()
    y = ops.sin(square)
    y.backward()
    before = float(square.grad)
    inspect.tape(y)
    assert float(square.grad) == before


@pytest.mark.parametrize(
    ("filters", "ops_left"),
    [
        ({"op": "matmul"}, ["matmul", "matmul"]),
        ({"op": ("matmul", "relu")}, ["matmul", "relu", "matmul"]),
        ({"layer": "out"}, ["weight", "weight", "matmul", "add"]),
        ({"first": 1, "last": 2}, ["matmul", "add"]),
        ({"where": lambda line: line.op == "relu"}, ["relu"]),
    ],
)
def test_filters(trained, filters, ops_left):
    chosen = inspect.tape(trained[1]).select(**filters)
    assert [line.op for line in chosen.lines] == ops_left
    assert "left out" in str(chosen)


def test_long_tapes_are_cut_in_the_middle(capsys):
    y = Tensor(1.0, requires_grad=True)
    for _ in range(200):
        y = ops.sin(y)
    inspect.tape(y).show(limit=10)
    printed = capsys.readouterr().out.splitlines()
    assert "191 more" in printed[7]
    assert printed[2].startswith("x1") and printed[12].startswith("200")


def test_html_has_a_row_a_line_and_draws_formulas(trained, tmp_path):
    _, loss = trained
    shown = inspect.tape(loss)
    markup = shown._repr_html_()
    assert markup.count("<tr") == len(shown) + 1
    assert "<math" in markup
    for kind in ("html", "txt", "png"):
        assert shown.save(tmp_path / f"tape.{kind}").stat().st_size > 500


def test_a_result_without_a_tape_is_refused():
    with pytest.raises(ValueError, match="nothing was recorded"):
        inspect.tape(Tensor(1.0))


def test_a_gradient_tape_prints_what_was_recorded_in_its_block(capsys):
    x = Tensor(3.0, requires_grad=True)
    before = x + 1.0
    with GradientTape() as block:
        y = ops.sin(before * x)
    block.show()
    printed = capsys.readouterr().out
    assert "before, x1" in printed and "sin" in printed and " add " not in printed
    assert "no gradient yet" in printed
    slope = float(block.gradient(y, x))
    assert "no gradient yet" not in str(block)
    numbers = str(block).splitlines()[-1].split()
    assert numbers[-1] == "1" and numbers[1] == "sin"
    assert float(str(block).splitlines()[2].split()[-1].replace("−", "-")) == pytest.approx(
        slope, rel=1e-3
    )
    assert "<table" in block._repr_html_()


def test_a_gradient_tape_keeps_nothing_alive():
    with GradientTape() as block:
        y = ops.sin(Tensor(1.0, requires_grad=True))
    assert "sin" in str(block)
    del y
    assert "no result of it is in use" in str(block)


def test_a_gradient_tape_is_not_disturbed_by_dead_proxies():
    class Short:
        pass

    short = Short()
    proxies = [weakref.proxy(short)]
    del short
    with GradientTape() as block:
        y = ops.sin(Tensor(1.0, requires_grad=True))
    assert "sin" in str(block) and y is not None and len(proxies) == 1
