"""clone_model, and the table that summary() prints."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import Input, Model, Sequential
from minigrad.layers import LSTM, Add, Dense, Embedding, Layer
from minigrad.models import clone_model
from minigrad.models.summary import count, readable_size


def lines_of(model, **options):
    lines = []
    model.summary(print_fn=lines.append, **options)
    return lines


def functional():
    x = Input((3,), name="x")
    left, right = Dense(2, name="left")(x), Dense(2, name="right")(x)
    return Model(x, Add(name="both")([left, right]), name="branches")


@pytest.mark.parametrize("model", [functional(), Sequential([Input((3,)), Dense(2)])])
def test_a_clone_has_the_same_shape_and_other_weights(model):
    clone = clone_model(model)
    assert [w.shape for w in clone.weights] == [w.shape for w in model.weights]
    assert clone.weights[0] is not model.weights[0]
    clone.set_weights(model.get_weights())
    x = np.ones((2, 3))
    np.testing.assert_allclose(clone(x), model(x), rtol=1e-6)


def test_a_function_may_make_other_layers():
    def wider(layer):
        if isinstance(layer, Dense):
            return Dense(layer.units * 2, name=layer.name)
        return type(layer).from_config(layer.get_config())

    assert clone_model(functional(), clone_function=wider).output_shape == (None, 4)


def test_a_compiled_model_has_a_compiled_clone():
    model = Sequential([Input((3,)), Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    clone = clone_model(model)
    assert clone.compiled
    assert np.isfinite(clone.evaluate(np.ones((4, 3)), np.ones((4, 1)), verbose=0))


def test_the_summary_has_shapes_parameters_and_totals():
    text = "\n".join(
        lines_of(Sequential([Input((3,)), Dense(4, name="one"), Dense(2, name="two")]))
    )
    assert "one (Dense)" in text
    assert "(None, 4)" in text
    assert " 16 " in text
    assert "Total params: 26 (104.00 B)" in text
    assert "Non-trainable params: 0 (0.00 B)" in text


def test_the_total_counts_the_state_of_the_optimizer_too():
    model = Sequential([Input((3,)), Dense(2)])
    model.compile("sgd", "mse")
    model.train_on_batch(np.ones((4, 3)), np.ones((4, 2)))
    text = "\n".join(lines_of(model))
    assert "Total params: 10 " in text and "Trainable params: 8 " in text
    assert "Optimizer params: 2 " in text  # the learning rate and the count of steps


def test_the_summary_of_an_unbuilt_model_says_so():
    text = "\n".join(lines_of(Sequential([Dense(2)])))
    assert "0 (unbuilt)" in text
    assert "?" in text


def test_layers_of_a_subclassed_model_have_the_shapes_that_they_were_built_for():
    class Plain(Layer):
        def build(self, shape):
            self.w = self.add_weight(shape[-1:])

        def call(self, x):
            return x * self.w

    class Net(Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = Dense(4), Plain()

        def call(self, x):
            return self.second(self.first(x))

    net = Net()
    net(np.ones((2, 3)))
    rows = [line.split("│")[2].strip() for line in lines_of(net) if "│" in line]
    assert rows == ["Output Shape", "(2, 4)", "?"]


def test_branches_are_shown_with_where_they_come_from():
    text = "\n".join(lines_of(functional(), show_trainable=True))
    assert "left[0][0], right[0][0]" in text
    narrow = lines_of(functional(), line_length=60)
    assert len(narrow[1]) == 60 and any("left (Dense)" in line for line in narrow)
    inner = functional()
    two = [Input((3,)), Input((3,))]
    text = "\n".join(lines_of(Model(two, Add()([inner(two[0]), inner(two[1])]))))
    assert "branches[0][0], branches[1][0]" in text


def test_a_sequential_has_no_branches_and_each_of_several_outputs_is_shown():
    model = Sequential([Input((None,)), Embedding(9, 4, mask_zero=True), LSTM(2)])
    assert "Connected to" not in "\n".join(lines_of(model))
    x = Input((5, 4))
    text = "\n".join(lines_of(Model(x, LSTM(2, return_state=True)(x))))
    assert "[(None, 2), (None, 2), (None, 2)]" in text
    assert "Trainable" in text


def test_ops_between_layers_are_shown():
    words = Input((4,), dtype="int32", name="words")
    embedded = mg.layers.Embedding(5, 2, mask_zero=True, name="embedded")(words)
    h = mg.layers.GRU(3, name="gru")(embedded)
    model = mg.Model(words, mg.ops.tanh(h) * 2)
    rows = [line for line in lines_of(model, show_trainable=True) if line[0] == "│"]
    names = [row.split("│")[1].strip() for row in rows]
    assert names[1:3] == ["words (InputLayer)", "embedded (Embedding)"]
    assert names[3].startswith("not_equal") and names[3].endswith("(NotEqual)")
    assert [name.split()[1] for name in names[4:]] == ["(GRU)", "(Tanh)", "(Multiply)"]
    assert [cell.strip() for cell in rows[3].split("│")[2:-1]] == [
        "(None, 4)", "0", "words[0][0]", "-",
    ]  # fmt: skip


def test_nested_models_are_expanded_on_request():
    inner = Sequential([Input((3,)), Dense(2, name="inside")], name="inner")
    model = Sequential([Input((3,)), inner])
    assert not any("inside" in line for line in lines_of(model))
    assert any("└ inside" in line for line in lines_of(model, expand_nested=True))


def test_a_range_of_layers_can_be_chosen():
    model = Sequential([Input((3,)), *(Dense(3, name=f"d{i}") for i in range(4))])
    text = "\n".join(lines_of(model, layer_range=["d1", "d2"]))
    assert "d1" in text and "d2" in text and "d0" not in text and "d3" not in text
    with pytest.raises(ValueError, match="do not match the layer names"):
        lines_of(model, layer_range=["x", "y"])


def test_lines_are_equally_long_and_as_long_as_asked():
    for options in ({}, {"line_length": 90}):
        table = [line for line in lines_of(functional(), **options) if line[0] in "┌│├└"]
        assert len({len(line) for line in table}) == 1
        assert len(table[0]) == options.get("line_length", len(table[0]))


def test_sizes_for_people():
    assert readable_size(10) == "10.00 B"
    assert readable_size(3 * 2**20) == "3.00 MB"
    assert count([]) == (0, 0)
