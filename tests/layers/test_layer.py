"""What the specification of Layer says, sentence by sentence."""

import copy
import os
import pickle
import signal
import threading
import time
import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad import Layer, ops
from minigrad.layers import Dense, Dropout, Embedding, InputSpec
from minigrad.masking import get_keras_mask, set_keras_mask


class SimpleDense(Layer):
    def __init__(self, units=32):
        super().__init__()
        self.units = units

    # Create the state of the layer (weights)
    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer="glorot_uniform",
            trainable=True,
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(self.units,),
            initializer="zeros",
            trainable=True,
            name="bias",
        )

    # Defines the computation
    def call(self, inputs):
        return ops.matmul(inputs, self.kernel) + self.bias


class ComputeSum(Layer):
    def __init__(self, input_dim):
        super(ComputeSum, self).__init__()  # noqa: UP008  as the specification has it
        # Create a non-trainable weight.
        self.total = self.add_weight(
            shape=(),
            initializer="zeros",
            trainable=False,
            name="total",
        )

    def call(self, inputs):
        self.total.assign(self.total + ops.sum(inputs))
        return self.total


def test_first_example_of_the_specification():
    linear_layer = SimpleDense(4)
    y = linear_layer(ops.ones((2, 2)))
    assert y.shape == (2, 4)
    assert len(linear_layer.weights) == 2
    assert len(linear_layer.trainable_weights) == 2
    expected = np.ones((2, 2)) @ linear_layer.kernel.numpy() + linear_layer.bias.numpy()
    np.testing.assert_allclose(y, expected, rtol=1e-6)


def test_second_example_of_the_specification():
    my_sum = ComputeSum(2)
    x = ops.ones((2, 2))
    y = my_sum(x)
    assert my_sum.weights == [my_sum.total]
    assert my_sum.non_trainable_weights == [my_sum.total]
    assert my_sum.trainable_weights == []
    assert float(y) == 4
    assert float(my_sum(x)) == 8


# Building


def test_build_is_called_once_with_the_shape_of_the_first_input():
    shapes = []

    class Noting(Layer):
        def build(self, input_shape):
            shapes.append(input_shape)

        def call(self, x):
            return x

    layer = Noting()
    assert not layer.built
    layer(ops.ones((2, 3)))
    layer(ops.ones((5, 3)))
    assert shapes == [(2, 3)]
    assert layer.built


def test_build_gets_several_shapes_by_the_names_of_the_arguments():
    class Two(Layer):
        def build(self, right_shape, left_shape):
            self.shapes = left_shape, right_shape

        def call(self, left, right):
            return left + ops.sum(right)

    layer = Two()
    layer(ops.ones((2, 3)), right=ops.ones((4,)))
    assert layer.shapes == ((2, 3), (4,))


def test_state_can_be_created_in_the_constructor():
    class Scale(Layer):
        def __init__(self):
            super().__init__()
            self.factor = self.add_weight(shape=(), initializer="ones")

        def call(self, x):
            return x * self.factor

    assert len(Scale().weights) == 1


def test_variables_cannot_be_added_after_build():
    class Late(Layer):
        def call(self, x):
            self.late = self.add_weight(shape=())
            return x

    with pytest.raises(ValueError, match="cannot add new elements of state"):
        Late()(ops.ones((1, 2)))


def test_a_forgotten_super_init_is_named():
    class Forgetful(Layer):
        def __init__(self):
            self.units = 3

        def call(self, x):
            return x

    with pytest.raises(RuntimeError, match=r"forgot to call `super\(\).__init__\(\)`"):
        Forgetful()(ops.ones((1, 2)))


def test_build_of_a_superclass_may_be_extended():
    class Extended(SimpleDense):
        def build(self, input_shape):
            super().build(input_shape)
            self.gain = self.add_weight(shape=(), initializer="ones")

        def call(self, inputs):
            return super().call(inputs) * self.gain

    layer = Extended(3)
    layer(ops.ones((1, 2)))
    assert [weight.name for weight in layer.weights][:2] == ["kernel", "bias"]
    assert len(layer.weights) == 3


# Composition


def nested():
    class Inner(Layer):
        def __init__(self):
            super().__init__()
            self.dense = Dense(2)

        def call(self, x):
            return self.dense(x)

    class Outer(Layer):
        def __init__(self):
            super().__init__()
            self.one = Inner()
            self.several = [Inner(), {"deep": (Inner(),)}]

        def call(self, x):
            return self.several[1]["deep"][0](self.several[0](self.one(x)))

    return Outer()


def test_layers_in_attributes_lists_dicts_and_tuples_are_tracked():
    layer = nested()
    layer(ops.ones((1, 2)))
    assert len(layer.weights) == 6
    assert len({weight.path for weight in layer.weights}) == 6


def test_trainable_reaches_every_depth_and_keeps_the_order_of_weights():
    layer = nested()
    layer(ops.ones((1, 2)))
    names = [weight.path for weight in layer.weights]
    layer.trainable = False
    assert layer.trainable_weights == []
    assert not layer.several[1]["deep"][0].dense.kernel.trainable
    assert [weight.path for weight in layer.weights] == names
    layer.trainable = True
    layer.one.trainable = False
    assert len(layer.trainable_weights) == 4
    assert len(layer.non_trainable_weights) == 2


def test_frozen_weights_get_no_gradient():
    layer = Dense(2)
    layer(ops.ones((1, 3)))
    layer.trainable = False
    assert not layer(ops.ones((1, 3))).requires_grad


def test_weights_are_the_trainable_then_the_others():
    class Mixed(Layer):
        def __init__(self):
            super().__init__()
            self.a = self.add_weight(shape=(), trainable=False, name="a")
            self.b = self.add_weight(shape=(), trainable=True, name="b")

        def call(self, x):
            return x

    assert [weight.name for weight in Mixed().weights] == ["b", "a"]


def test_a_shared_layer_is_counted_once():
    shared = Dense(2)

    class Twice(Layer):
        def __init__(self):
            super().__init__()
            self.a = self.b = shared
            self.both = [shared, shared]

        def call(self, x):
            return self.a(x)

    layer = Twice()
    layer(ops.ones((1, 2)))
    assert len(layer.weights) == 2


def test_variables_include_seeds_and_weights_do_not():
    layer = Dropout(0.5, seed=3)
    assert layer.weights == []
    assert len(layer.variables) == 1


# Dtypes


@pytest.mark.parametrize(
    "dtype, variable, compute",
    [
        (None, "float32", "float32"),
        ("float64", "float64", "float64"),
        ("mixed_float16", "float32", "float16"),
        ("mixed_bfloat16", "float32", "bfloat16"),
        ("bfloat16", "bfloat16", "bfloat16"),
    ],
)
def test_dtypes_follow_the_policy(dtype, variable, compute):
    layer = Dense(2, dtype=dtype)
    y = layer(np.ones((1, 3)))
    assert (layer.dtype, layer.variable_dtype, layer.compute_dtype) == (variable, variable, compute)
    assert (layer.kernel.dtype, y.dtype) == (variable, compute)


def test_only_floating_inputs_are_cast():
    seen = {}

    class Look(Layer):
        def call(self, inputs):
            seen.update({name: x.dtype for name, x in inputs.items()})
            return inputs["f"]

    Look(dtype="float16")(
        {"f": np.ones(2, "float64"), "i": np.ones(2, "int32"), "b": np.array([True, False])}
    )
    assert seen == {"f": "float16", "i": "int32", "b": "bool"}


def test_autocast_false_leaves_inputs_and_weights_alone():
    class Look(Layer):
        def __init__(self):
            super().__init__(dtype="mixed_float16", autocast=False)
            self.w = self.add_weight(shape=(), initializer="ones")

        def call(self, x):
            assert self.w.dtype == "float32"
            return x * self.w

    assert Look()(np.ones(2, "float32")).dtype == "float32"


def test_weights_are_read_in_the_compute_dtype_inside_call_only():
    class Look(Layer):
        def __init__(self):
            super().__init__(dtype="mixed_bfloat16")
            self.w = self.add_weight(shape=(), initializer="ones")
            self.exact = self.add_weight(shape=(), initializer="ones", autocast=False)

        def call(self, x):
            assert (self.w.value.dtype, self.exact.value.dtype) == ("bfloat16", "float32")
            return x * self.w

    layer = Look()
    layer(np.ones(2))
    assert layer.w.value.dtype == "float32"


# Calling


def test_input_spec_is_checked_and_the_layer_named():
    layer = Dense(2, name="reader")
    layer(ops.ones((1, 3)))
    with pytest.raises(ValueError, match=r"'reader'.*expected axis -1.*value 3.*shape \(1, 4\)"):
        layer(ops.ones((1, 4)))
    layer.input_spec = InputSpec(ndim=3)
    with pytest.raises(ValueError, match="expected ndim=3, found ndim=2"):
        layer(ops.ones((2, 3)))


def test_training_reaches_layers_inside():
    class Outer(Layer):
        def __init__(self):
            super().__init__()
            self.dropout = Dropout(0.9, seed=1)

        def call(self, x):
            return self.dropout(x)

    layer, x = Outer(), ops.ones((10, 10))
    assert float(ops.min(layer(x))) == 1
    assert float(ops.min(layer(x, training=True))) == 0
    assert float(ops.min(layer(x))) == 1


def test_masks_pass_through_nested_calls():
    class Outer(Layer):
        def __init__(self):
            super().__init__()
            self.supports_masking = True
            self.embedding = Embedding(4, 2, mask_zero=True)
            self.dense = Dense(3)

        def call(self, x):
            return self.dense(self.embedding(x))

    y = Outer()(np.array([[1, 0, 2]]))
    np.testing.assert_array_equal(get_keras_mask(y), [[True, False, True]])


def test_a_lost_mask_is_warned_of():
    class Blind(Layer):
        def call(self, x):
            return x * 1

    x = ops.ones((1, 2))
    set_keras_mask(x, ops.array([[True, False]]))
    with pytest.warns(UserWarning, match="does not support masking"):
        Blind()(x)


def test_positional_arguments_must_be_tensors():
    with pytest.raises(ValueError, match="Only input tensors may be passed as positional"):
        Dense(2)("three")


def test_an_error_in_call_names_the_layer_and_its_inputs():
    class Broken(Layer):
        def call(self, x):
            return ops.matmul(x, ops.ones((7, 1)))

    with pytest.raises(ValueError) as caught:
        Broken(name="broken")(ops.ones((2, 3)))
    assert any("'broken' (Broken)" in note and "(2, 3)" in note for note in caught.value.__notes__)


def test_an_error_leaves_no_trace_for_the_next_call():
    class Broken(Layer):
        def call(self, x, training=False):
            raise RuntimeError("oops")

    with pytest.raises(RuntimeError):
        Broken()(ops.ones(2), training=True)
    assert float(ops.min(Dropout(0.9)(ops.ones((9, 9))))) == 1


def test_layers_work_on_symbolic_tensors():
    x = mg.KerasTensor((None, 3))
    y = SimpleDense(4)(x)
    assert isinstance(y, mg.KerasTensor)
    assert y.shape == (None, 4)


def test_compute_output_shape_and_spec_are_found_by_tracing():
    layer = SimpleDense(4)
    layer.build((None, 3))
    assert layer.compute_output_shape((None, 3)) == (None, 4)
    assert layer.compute_output_spec(mg.KerasTensor((5, 3))).shape == (5, 4)


# Losses


def test_add_loss_and_regularizers_are_collected_and_reset():
    class Costly(Layer):
        def __init__(self):
            super().__init__()
            self.dense = Dense(2, kernel_regularizer="l2", activity_regularizer="l1")

        def call(self, x):
            self.add_loss(ops.sum(x))
            return self.dense(x)

    layer = Costly()
    for _ in range(2):
        layer(ops.ones((4, 3)))
        assert len(layer.losses) == 3
    own, activity, kernel = (float(loss) for loss in layer.losses)
    assert own == 12
    weights = layer.dense.kernel.numpy()
    assert kernel == pytest.approx(0.01 * (weights**2).sum(), rel=1e-5)
    assert activity == pytest.approx(0.01 * np.abs(weights.sum(0)).sum(), rel=1e-5)


# State, configs, copies


def test_stateless_call_changes_nothing():
    layer = ComputeSum(2)
    layer(ops.ones((1, 2)))
    outputs, state = layer.stateless_call([], [ops.array(10.0)], ops.ones((1, 2)))
    assert float(outputs.numpy() if hasattr(outputs, "numpy") else outputs) in (2.0, 12.0)
    assert float(state[0]) == 12.0
    assert float(layer.total) == 2.0


def test_set_weights_checks_before_it_changes_anything():
    layer = Dense(2)
    layer.build((None, 3))
    before = layer.get_weights()
    with pytest.raises(ValueError, match="weight shape"):
        layer.set_weights([np.ones((3, 2)), np.ones(5)])
    for now, then in zip(layer.get_weights(), before):
        np.testing.assert_array_equal(now, then)
    layer.set_weights([np.ones((3, 2)), np.ones(2)])
    assert layer.count_params() == 8
    assert layer.kernel.numpy().sum() == 6


def test_count_params_needs_a_built_layer():
    with pytest.raises(ValueError, match="isn't built"):
        Dense(2).count_params()


def test_config_comes_from_the_constructor():
    class Mine(Layer):
        def __init__(self, units, rate=0.5, **kwargs):
            super().__init__(**kwargs)
            self.units = units

        def call(self, x):
            return x

    config = Mine(3, name="mine").get_config()
    assert (config["units"], config["rate"], config["name"]) == (3, 0.5, "mine")
    assert Mine.from_config(config).units == 3


def test_build_config_makes_the_same_variables():
    layer = Dense(2)
    layer.build((None, 3))
    again = Dense.from_config(layer.get_config())
    again.build_from_config(layer.get_build_config())
    assert [w.shape for w in again.weights] == [w.shape for w in layer.weights]


def test_a_layer_may_call_itself_what_it_likes():
    class Scale(Layer):
        def build(this, input_shape):
            this.scale = this.add_weight(shape=input_shape[-1:], initializer="ones")

        def call(this, x):
            return x * this.scale

    layer = Scale()
    assert layer(ops.ones((1, 3))).shape == (1, 3)
    assert layer.get_build_config() == {"input_shape": (1, 3)}


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_have_equal_weights_of_their_own(duplicate):
    layer = Dense(2)
    x = ops.ones((1, 3))
    expected = layer(x).numpy()
    again = duplicate(layer)
    np.testing.assert_array_equal(again(x), expected)
    again.kernel.assign(ops.zeros((3, 2)))
    np.testing.assert_array_equal(layer(x), expected)
    assert len(again.trainable_weights) == 2


def test_names_and_paths():
    mg.utils.clear_session()
    layer = nested()
    layer(ops.ones((1, 2)))
    assert layer.name == "outer"
    assert layer.one.dense.kernel.path == "outer/inner/dense/kernel"
    assert layer.one.dense.path == "outer/inner/dense"
    with pytest.raises(ValueError, match="cannot contain character `/`"):
        Dense(1, name="a/b")


def test_unknown_arguments_and_wrong_types_are_refused():
    with pytest.raises(ValueError, match="Unrecognized keyword arguments"):
        Dense(2, unit=3)
    with pytest.raises(ValueError, match="to be a boolean"):
        Dense(2, trainable=1)


def test_two_threads_call_layers_without_sharing_training():
    layer, x, seen = Dropout(0.9), ops.ones((20, 20)), {}
    ready = threading.Barrier(2)

    def run(training):
        ready.wait()
        seen[training] = [float(ops.min(layer(x, training=training))) for _ in range(20)]

    threads = [threading.Thread(target=run, args=(training,)) for training in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {True: [0.0] * 20, False: [1.0] * 20}


def test_the_short_way_equals_the_long_one():
    layer = Dense(3, activation="tanh")
    x = ops.ones((2, 4))
    layer(x)
    short = layer(x)
    long = layer(inputs=x)
    np.testing.assert_array_equal(short, long)


def test_no_warning_escapes():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Dense(2)(np.array([[np.inf, np.nan]], "float32"))


def test_a_default_of_training_reaches_the_layers_inside_at_every_call():
    class Inner(Layer):
        def call(self, x, training=None):
            seen.append(training)
            return x

    class Middle(Layer):
        def __init__(self):
            super().__init__()
            self.inner = Inner()

        def call(self, x, training=True):
            return self.inner(x)

    class Outer(Layer):
        def __init__(self):
            super().__init__()
            self.middle = Middle()

        def call(self, x):
            return self.middle(x)

    outer, seen = Outer(), []
    outer(ops.ones((2, 2)))
    seen.clear()
    for _ in range(2):
        outer(ops.ones((2, 2)))
    outer(ops.ones((2, 2)), training=False)
    assert seen == [True, True, False]


def test_an_input_spec_set_after_a_call_is_looked_at():
    dense = Dense(2)
    dense(ops.ones((2, 3)))
    dense(ops.ones((2, 3)))
    dense.input_spec = InputSpec(ndim=3)
    with pytest.raises(ValueError, match="expected ndim=3, found ndim=2"):
        dense(ops.ones((2, 3)))


def test_an_axis_that_the_input_does_not_have_is_named():
    dense = Dense(2)
    dense.input_spec = InputSpec(axes={2: 4})
    with pytest.raises(ValueError, match="expected an axis 2, found ndim=2"):
        dense(ops.ones((2, 3)))


def test_containers_track_whatever_way_they_are_changed():
    class Holder(Layer):
        def __init__(self):
            super().__init__()
            self.table, self.several = {}, set()

    holder, first, second = Holder(), Dense(1), Dense(2)
    table, several = holder.table, holder.several
    table |= {"first": first}
    several |= {second}
    assert holder._layers == [first, second]
    assert several.pop() is second and holder._layers == [first]
    several.update([second])
    several.clear()
    assert holder._layers == [first]


def test_threads_that_call_a_layer_at_once_build_it_once():
    class Slow(mg.Layer):
        builds = 0

        def build(self, input_shape):
            self.builds += 1
            time.sleep(0.05)
            self.scale = self.add_weight((input_shape[-1],), "ones", name="scale")
            self.inner = mg.layers.Dense(2)
            self.inner.build(input_shape)  # the same thread may build on

        def call(self, x):
            return self.inner(x * self.scale)

    layer, ready, outputs = Slow(), threading.Barrier(4), []

    def run():
        ready.wait()
        outputs.append(layer(np.ones((1, 3), "float32")).numpy())

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert layer.builds == 1
    assert len(outputs) == 4
    assert len(layer.weights) == 3
    for output in outputs[1:]:
        np.testing.assert_array_equal(output, outputs[0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_forked_while_another_thread_builds_can_build():
    inside, go_on = threading.Event(), threading.Event()

    class Waiting(mg.Layer):
        def build(self, input_shape):
            inside.set()
            go_on.wait(20)

        def call(self, x):
            return x

    thread = threading.Thread(target=Waiting(), args=(np.ones((1, 3), "float32"),))
    thread.start()
    assert inside.wait(20)
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # rather than hang
        mg.layers.Dense(2).build((1, 3))
        os._exit(0)
    go_on.set()
    thread.join(20)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
