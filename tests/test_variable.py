"""Variables: what they hold, how they are read and changed, and that gradients find them."""

import copy
import pickle
import threading

import numpy as np
import pytest

import minigrad as mg
from minigrad import ops
from minigrad.autocast import AutocastScope
from minigrad.variable import Variable


def test_a_value_keeps_its_dtype_but_python_floats_and_float64_arrays_are_floatx():
    assert Variable([1.0, 2.0]).dtype == "float32"
    assert Variable(np.ones(2)).dtype == "float32"
    assert Variable(np.ones(2), dtype="float64").dtype == "float64"
    assert Variable(np.ones(2, "int8")).dtype == "int8"
    assert Variable([1, 2]).dtype == "int32"


def test_initializers_by_name_and_function():
    assert Variable("ones", shape=(2, 3)).numpy().sum() == 6
    made = Variable(lambda shape, dtype: np.full(shape, 2, dtype), shape=(2,), dtype="float16")
    assert made.numpy().tolist() == [2, 2]
    assert made.dtype == "float16"
    with pytest.raises(ValueError, match="`shape` argument should be specified"):
        Variable("ones")
    with pytest.raises(ValueError, match="fully-defined"):
        Variable("ones", shape=(None, 2))
    with pytest.raises(ValueError, match="another shape"):
        Variable(lambda shape, dtype: np.ones(3, dtype), shape=(2,))


@pytest.mark.parametrize("argument", ["aggregation", "synchronization"])
def test_unknown_aggregations_are_refused(argument):
    with pytest.raises(ValueError, match=f"Invalid value for argument `{argument}`"):
        Variable(1.0, **{argument: "median"})


def test_names_and_paths():
    with mg.name_scope("outer"):
        assert Variable(1.0, name="w").path == "outer/w"
    with pytest.raises(ValueError, match="cannot contain character `/`"):
        Variable(1.0, name="a/b")


def test_assigning_returns_the_new_value_and_checks_the_shape():
    v = Variable([1.0, 2.0])
    assert v.assign([3.0, 4.0]).numpy().tolist() == [3, 4]
    assert v.assign_add(1.0).numpy().tolist() == [4, 5]
    assert v.assign_sub([1.0, 0.0]).numpy().tolist() == [3, 5]
    with pytest.raises(ValueError, match=r"must match. variable.shape=\(2,\)"):
        v.assign([1.0, 2.0, 3.0])
    assert v.numpy().tolist() == [3, 5]


def test_a_value_read_before_stays_as_it_was():
    v = Variable([1.0])
    before = v.value
    v.assign([2.0])
    assert before.numpy().tolist() == [1]


def test_the_users_array_is_not_kept():
    array = np.ones(2, "float32")
    v = Variable(array)
    array[:] = 5
    assert v.numpy().tolist() == [1, 1]
    v.numpy()[:] = 7
    assert v.numpy().tolist() == [1, 1]


def test_backward_fills_the_gradient_whatever_was_assigned_since():
    v = Variable([1.0, 2.0])
    loss = ops.sum(v * v)
    v.assign([9.0, 9.0])
    loss.backward()
    assert v.grad.numpy().tolist() == [2, 4]
    ops.sum(v * v).backward()
    assert v.grad.numpy().tolist() == [20, 22]
    v.grad = None
    assert v.grad is None


def test_a_gradient_adds_up_over_values_that_were_assigned_in_between():
    v = Variable(2.0)
    with mg.GradientTape() as tape:
        first = v * 3.0
        v.assign(5.0)
        loss = first * v  # 3 v₁ v₂
    assert float(tape.gradient(loss, v)) == 3 * 5 + 3 * 2


def test_only_trainable_floats_are_watched():
    assert not ops.sum(Variable([1.0], trainable=False) * 2.0).requires_grad
    v = Variable([1.0])
    v.trainable = False
    assert not (v * 2.0).requires_grad
    v.trainable = True
    assert (v * 2.0).requires_grad
    assert not Variable([1, 2]).value.requires_grad


def test_operators_and_numpy_functions_work_on_it():
    v = Variable([1.0, 2.0])
    x = np.array([3.0, 4.0], "float32")
    np.testing.assert_allclose(v + x, [4, 6])
    np.testing.assert_allclose(x - v, [2, 2])
    np.testing.assert_allclose(x @ v, 11)
    np.testing.assert_allclose(np.exp(v), np.exp([1, 2]), rtol=1e-6)
    np.testing.assert_allclose(v[1], 2)
    assert [float(one) for one in v] == [1, 2]
    assert len(v) == 2
    assert isinstance(np.asarray(v), np.ndarray)


def test_scalars_become_python_numbers_and_nothing_becomes_a_boolean():
    assert float(Variable(2.5)) == 2.5
    assert int(Variable(3)) == 3
    with pytest.raises(TypeError, match="Only scalar arrays"):
        float(Variable([1.0, 2.0]))
    with pytest.raises(TypeError, match="cannot be used as a boolean"):
        bool(Variable(1.0))


def test_elements_are_not_set_one_by_one():
    v = Variable([1.0, 2.0], name="v")
    with pytest.raises(TypeError, match=r"and `v.assign` it. Received: variable.path=v, key=0"):
        v[0] = 3.0


def test_autocast_changes_what_is_read_and_nothing_else():
    v, fixed, whole = Variable([1.0]), Variable([1.0], autocast=False), Variable([1])
    with AutocastScope("float16"):
        assert (v.dtype, v.value.dtype) == ("float16", "float16")
        assert (fixed.dtype, whole.dtype) == ("float32", "int32")
        v.assign(ops.ones(1, "float16"))
        with AutocastScope(None):
            assert v.value.dtype == "float32"
    assert (v.dtype, v.value.dtype) == ("float32", "float32")
    with pytest.raises(ValueError, match="floating-point target dtype"):
        AutocastScope("int32")


def test_a_stateless_scope_keeps_changes_to_itself():
    v = Variable([1.0])
    with mg.StatelessScope([(v, np.array([5.0]))]) as scope:
        assert v.numpy().tolist() == [5]
        v.assign_add([1.0])
        assert v.numpy().tolist() == [6]
    assert v.numpy().tolist() == [1]
    assert scope.get_current_value(v).numpy().tolist() == [6]


def test_variables_made_in_a_stateless_scope_wait_for_its_end():
    with mg.StatelessScope():
        v = Variable("ones", shape=(2,))
        assert v._value is None
        assert (v + 1.0).numpy().tolist() == [2, 2]
    assert v.numpy().tolist() == [1, 1]
    with mg.StatelessScope(), pytest.raises(ValueError, match="while in a stateless scope"):
        Variable([1.0])


def test_scopes_belong_to_their_thread():
    v, seen = Variable([1.0]), []
    with AutocastScope("float16"), mg.StatelessScope([(v, [2.0])]):
        thread = threading.Thread(target=lambda: seen.append((v.dtype, v.numpy().tolist())))
        thread.start()
        thread.join()
    assert seen == [("float32", [1.0])]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_copies_are_independent(duplicate):
    v = Variable([1.0, 2.0], name="w")
    v.grad = ops.ones(2)
    again = duplicate(v)
    again.assign([5.0, 5.0])
    assert v.numpy().tolist() == [1, 2]
    assert again.grad is None
    assert (again.name, again.trainable) == ("w", True)
    ops.sum(again * 2.0).backward()
    assert again.grad.numpy().tolist() == [2, 2]


@pytest.mark.parametrize("attribute", ["regularizer", "constraint"])
def test_regularizers_and_constraints_must_be_callable(attribute):
    v = Variable([1.0])
    setattr(v, attribute, abs)
    assert getattr(v, attribute) is abs
    with pytest.raises(ValueError, match=f"Invalid value for attribute `{attribute}`"):
        setattr(v, attribute, "l2")


def test_repr_shows_path_shape_dtype_and_value():
    expected = "<Variable path=w, shape=(2,), dtype=float32, value=[1. 2.]>"
    assert repr(Variable([1.0, 2.0], name="w")) == expected


def test_a_scalar_variable_is_formatted_like_a_number():
    assert f"{Variable(1.25):.1f}" == "1.2"
    assert f"{Variable(1.25, name='v')}".startswith("<Variable path=v")
