"""Functional models: graphs of any form, how they are called, cut and written down."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import Input, Model, ops
from minigrad.layers import Add, Concatenate, Dense, Dropout, Embedding
from minigrad.masking import get_keras_mask


@pytest.fixture
def branched():
    a, b = Input((3,), name="a"), Input((3,), name="b")
    shared = Dense(4, name="shared")
    left, right = shared(a), shared(b)
    merged = Add(name="merged")([left, right])
    return Model([a, b], {"sum": merged, "left": left})


def test_shared_layers_and_structures_of_outputs(branched):
    x, y = np.ones((2, 3), "float32"), np.zeros((2, 3), "float32")
    outputs = branched([x, y])
    kernel, bias = branched.get_layer("shared").get_weights()
    np.testing.assert_allclose(outputs["left"], x @ kernel + bias, rtol=1e-6)
    np.testing.assert_allclose(outputs["sum"], x @ kernel + 2 * bias, rtol=1e-6)
    assert len(branched.weights) == 2


def test_inputs_by_name_or_in_order(branched):
    x, y = np.ones((2, 3)), np.zeros((2, 3))
    by_order = branched([x, y])
    by_name = branched({"b": y, "a": x})
    np.testing.assert_array_equal(by_order["sum"], by_name["sum"])


def test_layers_are_listed_from_inputs_to_outputs(branched):
    assert [layer.name for layer in branched.layers] == ["a", "b", "shared", "merged"]


def test_ops_between_layers_are_steps_of_the_graph():
    x = Input((4,))
    y = ops.mean(ops.exp(x) * 2 + 1, axis=-1, keepdims=True)
    model = Model(x, y)
    data = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    expected = (np.exp(data) * 2 + 1).mean(-1, keepdims=True)
    np.testing.assert_allclose(model(data), expected, rtol=1e-5)
    assert model.output_shape == (None, 1)


def test_a_config_with_ops_makes_an_equal_model():
    x = Input((4,), name="x")
    h = Dense(3, name="h")(x)
    y = ops.concatenate([h[:, 1:], ops.sum(h, axis=1, keepdims=True)], axis=-1)
    model = Model(x, y)
    again = Model.from_config(model.get_config())
    again.set_weights(model.get_weights())
    data = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    np.testing.assert_allclose(again(data), model(data), rtol=1e-6)
    assert again.to_json() == model.to_json()


def test_models_nest_and_train_as_layers():
    inner_x = Input((3,))
    inner = Model(inner_x, Dense(2, name="deep")(inner_x), name="inner")
    x = Input((3,))
    outer = Model(x, inner(inner(x)[:, :1] * ops.ones((1, 3))))
    assert len(outer.trainable_weights) == 2
    loss = ops.sum(outer(np.ones((2, 3))))
    loss.backward()
    assert inner.get_layer("deep").kernel.grad.shape == (3, 2)


def test_a_model_can_be_cut_out_between_layers():
    x = Input((3,))
    first = Dense(4, name="first")(x)
    second = Dense(5, name="second")(first)
    whole = Model(x, Dense(1)(second))
    part = Model(first, second)
    data = np.ones((2, 4), "float32")
    np.testing.assert_allclose(part(data), whole.get_layer("second")(data), rtol=1e-6)
    features = Model(whole.input, whole.get_layer("first").output)
    assert features(np.ones((2, 3))).shape == (2, 4)


def test_training_and_masks_run_through_the_graph():
    tokens = Input((None,), dtype="int32")
    h = Embedding(5, 3, mask_zero=True)(tokens)
    model = Model(tokens, Dropout(0.9, seed=1)(h))
    data = np.array([[1, 2, 0]] * 8)
    assert (model(data, training=True).numpy() == 0).any()
    np.testing.assert_array_equal(get_keras_mask(model(data))[0], [True, True, False])


def test_unknown_lengths_stay_unknown():
    x = Input((None, 4))
    assert Model(x, Dense(2)(x)).output_shape == (None, None, 2)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda a, b: Model(a, [Dense(1)(a), b * 2]), "not connected to `inputs`"),
        (lambda a, b: Model("a", Dense(1)(a)), "All `inputs` values must be KerasTensors"),
        (lambda a, b: Model(a, 3), "All `outputs` values must be KerasTensors"),
        (
            lambda a, b: Model(a, Dense(1, name="same")(Dense(1, name="same")(a))),
            'The name "same" is used 2 times',
        ),
    ],
)
def test_impossible_graphs_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make(Input((2,)), Input((2,)))


def test_wrong_inputs_are_named():
    x = Input((3,), name="reading")
    model = Model(x, Dense(1)(x))
    with pytest.raises(ValueError, match=r"expected shape=\(None, 3\), found shape=\(2, 4\)"):
        model(np.ones((2, 4)))
    with pytest.raises(ValueError, match="expects 1"):
        model([np.ones((2, 3)), np.ones((2, 3))])
    with pytest.raises(ValueError, match="not optional"):
        model(None)


def test_a_thousand_layers_in_a_row_are_no_recursion():
    x = y = Input((2,))
    layer = Dense(2)
    for _ in range(1500):
        y = layer(y)
    model = Model(x, y)
    assert model(np.zeros((1, 2))).shape == (1, 2)


def test_a_subclass_that_calls_super_with_inputs_is_functional():
    class Mine(Model):
        def __init__(self):
            x = Input((3,))
            super().__init__(x, Dense(2)(x))
            self.extra = 1

    model = Mine()
    assert model(np.ones((1, 3))).shape == (1, 2)
    assert model.output_shape == (None, 2)


def test_concatenation_of_inputs_with_different_lengths():
    a, b = Input((2,)), Input((3,))
    model = Model([a, b], Concatenate()([a, b]))
    assert model([np.zeros((1, 2)), np.ones((1, 3))]).numpy().tolist() == [[0, 0, 1, 1, 1]]


def test_names_of_inputs_that_do_not_match_are_warned_of():
    with pytest.warns(UserWarning, match="keys in the dict must match"):
        x = Input((2,), name="x")
        Model({"other": x}, Dense(1)(x))


def test_get_layer_says_what_there_is(branched):
    with pytest.raises(ValueError, match=r"No such layer: lost\. Existing layers are: "):
        branched.get_layer("lost")
    assert branched.get_layer(index=2).name == "shared"


def test_state_trees_go_back_and_forth(branched):
    tree = branched.get_state_tree("numpy_array")
    tree["trainable_variables"]["shared"]["bias"] = np.full(4, 3.0)
    branched.set_state_tree(tree)
    assert branched.get_layer("shared").bias.numpy().tolist() == [3, 3, 3, 3]
    with pytest.raises(ValueError, match="Invalid `value_format`"):
        branched.get_state_tree("pandas")


def test_compiled_models_learn_through_branches(branched):
    mg.utils.set_random_seed(0)
    branched.compile(optimizer=mg.optimizers.SGD(0.1), loss={"sum": "mse", "left": "mse"})
    x = [np.ones((8, 3)), np.ones((8, 3))]
    y = {"sum": np.zeros((8, 4)), "left": np.zeros((8, 4))}
    losses = branched.fit(x, y, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
