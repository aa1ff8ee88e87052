"""GradientTape: TensorFlow's form."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import GradientTape, Tensor, ops


def test_gradient_of_a_watched_tensor():
    x = Tensor([1.0, 2.0])
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.sum(x**3)
    assert tape.gradient(y, x).numpy().tolist() == [3, 12]


def test_trainable_variables_are_watched_without_being_asked_to():
    v, frozen = mg.Variable(2.0), mg.Variable(3.0, trainable=False)
    with GradientTape() as tape:
        y = v * v * frozen
    gradients = tape.gradient(y, {"v": v, "others": [frozen]})
    assert gradients["v"].item() == 12 and gradients["others"] == [None]


def test_watch_accessed_variables_can_be_switched_off():
    v, w = mg.Variable(2.0), mg.Variable(3.0)
    with GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(v)
        y = v * w
    assert tape.gradient(y, [v, w])[1] is None
    assert len(tape.watched_variables()) == 1


def test_only_floating_tensors_can_be_watched():
    with GradientTape() as tape, pytest.raises(TypeError, match="floating"):
        tape.watch(Tensor([1, 2]))


def test_gradients_are_given_once_unless_the_tape_is_persistent():
    x = Tensor(3.0, requires_grad=True)
    with GradientTape() as tape:
        y = x * x
    tape.gradient(y, x)
    with pytest.raises(RuntimeError, match="persistent=True"):
        tape.gradient(y, x)
    with GradientTape(persistent=True) as tape:
        y = x * x
        z = y * x
    assert (tape.gradient(y, x).item(), tape.gradient(z, x).item()) == (6, 27)
    assert tape.gradient(z, y).item() == 3


@pytest.mark.parametrize(("unconnected", "expected"), [("none", None), ("zero", [0, 0])])
def test_an_unused_source_gets_none_or_zeros(unconnected, expected):
    x, unused = Tensor(3.0, requires_grad=True), Tensor([1.0, 2.0], requires_grad=True)
    with GradientTape() as tape:
        y = x * x
    _, found = tape.gradient(y, [x, unused], unconnected_gradients=unconnected)
    assert found is expected or found.numpy().tolist() == expected


def test_unconnected_gradients_must_be_known():
    x = Tensor(1.0, requires_grad=True)
    with GradientTape() as tape:
        y = x * 1
    with pytest.raises(ValueError, match="unconnected_gradients"):
        tape.gradient(y, x, unconnected_gradients="nan")


def test_what_happens_outside_is_not_on_the_tape():
    x = Tensor(2.0, requires_grad=True)
    before = x * x
    with GradientTape() as tape:
        y = before * x
    after = y * x
    assert tape.gradient(y, x).item() == 4  # x² counts as a constant
    with GradientTape(persistent=True) as tape:
        y = x * x
    assert tape.gradient(after, x) is None


def test_stop_recording_leaves_a_gap():
    x = Tensor(2.0, requires_grad=True)
    with GradientTape() as tape:
        y = x * x
        with tape.stop_recording():
            z = x * x * x
        total = y + z
    assert tape.gradient(total, x).item() == 4


def test_reset_forgets_what_was_recorded():
    x = Tensor(2.0, requires_grad=True)
    with GradientTape() as tape:
        y = x * x
        tape.reset()
        z = y * x
    assert tape.gradient(z, x).item() == 4


def test_a_tape_inside_a_tape_gives_second_derivatives():
    x = Tensor(3.0)
    with GradientTape() as outer:
        outer.watch(x)
        with GradientTape() as inner:
            inner.watch(x)
            y = x**3
        first = inner.gradient(y, x)
    assert (first.item(), outer.gradient(first, x).item()) == (27, 18)


def test_a_tape_records_inside_no_grad_and_is_entered_once():
    x = Tensor(3.0, requires_grad=True)
    with mg.no_grad(), GradientTape() as tape:
        y = x * x
    assert tape.gradient(y, x).item() == 6
    with (
        GradientTape() as tape,
        pytest.raises(ValueError, match="already recording"),
        tape,
    ):
        pass


def test_targets_may_be_many_and_have_upstream_gradients():
    x = Tensor([1.0, 2.0], requires_grad=True)
    with GradientTape(persistent=True) as tape:
        y, z = x * 3, {"z": x * x}
    assert tape.gradient([y, z], x).numpy().tolist() == [5, 7]
    assert tape.gradient(y, x, output_gradients=[1.0, 10.0]).numpy().tolist() == [3, 30]


def test_intermediates_and_single_outputs_are_sources():
    x = Tensor([3.0, 1.0, 2.0], requires_grad=True)
    with GradientTape(persistent=True) as tape:
        values, indices = ops.top_k(x, 2)
        y = ops.sum(values * values)
    assert tape.gradient(y, values).numpy().tolist() == [6, 4]
    assert tape.gradient(y, x).numpy().tolist() == [6, 0, 4]
    assert tape.gradient(y, indices) is None


def test_jacobian_has_the_shape_of_target_and_source():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    unused = Tensor(1.0, requires_grad=True)
    with GradientTape() as tape:
        y = ops.sum(x * x, axis=1)
    found, nothing = tape.jacobian(y, [x, unused])
    assert found.shape == (2, 2, 2) and nothing is None
    assert np.array_equal(found, [[[2, 4], [0, 0]], [[0, 0], [6, 8]]])


def test_gradients_by_a_variable_survive_an_assignment():
    v = mg.Variable([1.0, 2.0])
    with GradientTape() as tape:
        y = ops.sum(v * v)
        v.assign([5.0, 5.0])
        z = y + ops.sum(v)
    assert tape.gradient(z, v).numpy().tolist() == [3, 5]


def test_a_tape_inside_that_stops_recording_does_not_stop_the_one_outside():
    x = Tensor(3.0)
    with GradientTape() as outer:
        outer.watch(x)
        with GradientTape() as inner:
            inner.watch(x)
            y = x * x
            with inner.stop_recording():
                z = x * x * x
            w = y * z
    assert float(inner.gradient(w, x)) == 2 * 3 * 27  # z is a constant to it
    assert float(outer.gradient(w, x)) == 5 * 3**4


def test_only_a_tape_that_records_can_stop_recording():
    with (
        pytest.raises(ValueError, match="this tape is not recording"),
        GradientTape().stop_recording(),
    ):
        pass


def test_a_variable_that_is_not_trainable_can_be_watched():
    v = mg.Variable(2.0, trainable=False)
    with GradientTape() as tape:
        tape.watch(v)
        y = v * v
    assert float(tape.gradient(y, v)) == 4


def test_what_is_no_tensor_cannot_be_watched():
    with pytest.raises(TypeError, match=r"only Tensors and Variables.*Received: ndarray"):
        GradientTape().watch(np.ones(2))


def test_the_jacobian_of_nothing_is_empty():
    x = Tensor(np.zeros((0, 2)), requires_grad=True)
    with GradientTape() as tape:
        y = x * 2
    assert tape.jacobian(y, [x])[0].shape == (0, 2, 0, 2)
