"""Tables as numbers for a model."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.layers import TextVectorization
from minigrad.utils import FeatureSpace

TABLE = {
    "plain": [0.0, 0.5, 1.0, 1.5],
    "normal": [1.0, 2.0, 3.0, 6.0],
    "binned": [0.0, 1.0, 2.0, 3.0],
    "whole": [7, 7, 8, 9],
    "word": ["a", "b", "a", "c"],
    "hashed": ["x", "y", "x", "z"],
}


def kinds():
    """New ones: layers that have been adapted would make a test depend on another."""
    return {
        "plain": "float",
        "normal": "float_normalized",
        "whole": "integer_categorical",
        "binned": FeatureSpace.float_discretized(num_bins=2),
        "word": FeatureSpace.string_categorical(max_tokens=3),
        "hashed": FeatureSpace.string_hashed(num_bins=5),
    }


def test_each_feature_is_encoded_as_its_kind_says():
    space = FeatureSpace(kinds(), output_mode="dict", crosses=[("whole", "word")], crossing_dim=8)
    space.adapt(TABLE)
    encoded = {name: x.numpy() for name, x in space(TABLE).items()}
    assert encoded["plain"].ravel().tolist() == TABLE["plain"]
    assert encoded["normal"].mean() == pytest.approx(0, abs=1e-6)
    assert encoded["normal"].std() == pytest.approx(1, rel=1e-5)
    assert encoded["binned"].sum(1).tolist() == [1] * 4
    assert encoded["binned"].argmax(1)[[0, 3]].tolist() == [0, 1]
    assert encoded["whole"].tolist() == [
        [0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0],
    ]  # fmt: skip
    assert encoded["word"][:, 1].tolist() == [1, 0, 1, 0]
    assert encoded["hashed"].shape == (4, 5) and encoded["hashed"].sum(1).tolist() == [1] * 4
    assert (encoded["hashed"][0] == encoded["hashed"][2]).all()
    assert encoded["whole_X_word"].shape == (4, 8)


def test_features_are_concatenated_in_the_order_of_names():
    space = FeatureSpace(kinds(), crosses=[("whole", "word")], crossing_dim=8)
    space.adapt(TABLE)
    rows = space(TABLE)
    assert rows.shape == (4, 1 + 1 + 2 + 4 + 3 + 5 + 8) and rows.dtype == "float32"
    parts = FeatureSpace(kinds(), "dict", [("whole", "word")], 8)
    parts.adapt(TABLE)
    parts = parts(TABLE)
    order = [*sorted(TABLE), "whole_X_word"]
    expected = np.concatenate([parts[name].numpy() for name in order], axis=1)
    np.testing.assert_array_equal(rows.numpy(), expected)
    single = space({name: column[2] for name, column in TABLE.items()})
    np.testing.assert_array_equal(single.numpy(), rows.numpy()[2])


def batches(size):
    for start in range(0, 4, size):
        yield {name: np.array(column[start : start + size]) for name, column in TABLE.items()}


@pytest.mark.parametrize("dataset", [lambda: batches(3), lambda: [*batches(1)]])
def test_it_learns_from_batches_as_from_the_whole(dataset):
    space, other = FeatureSpace(kinds()), FeatureSpace(kinds())
    space.adapt(dataset())
    other.adapt(TABLE)
    np.testing.assert_allclose(space(TABLE).numpy(), other(TABLE).numpy(), atol=1e-6)


def test_what_knows_all_it_must_needs_no_adapt():
    space = FeatureSpace(
        {
            "a": FeatureSpace.float_rescaled(2.0, 1.0),
            "b": FeatureSpace.float_discretized(3, bin_boundaries=[0.0, 1.0]),
            "c": FeatureSpace.integer_hashed(4, output_mode="int"),
            "d": FeatureSpace.feature("string", TextVectorization(vocabulary=["hi"]), "int"),
        },
        output_mode="dict",
    )
    encoded = space({"a": [1.0], "b": [0.5], "c": [3], "d": ["Hi you"]})
    assert encoded["d"].numpy().tolist() == [[2, 1]]
    assert encoded["a"].numpy().tolist() == [[3.0]]
    assert encoded["b"].numpy().tolist() == [[0, 1, 0]]
    assert "int" in encoded["c"].dtype and encoded["c"].shape == (1, 1)


def test_a_layer_of_ones_own_is_a_feature():
    vectorize = mg.layers.TextVectorization(output_mode="multi_hot")
    feature = FeatureSpace.feature("string", vectorize, "float")
    space = FeatureSpace({"text": feature})
    space.adapt({"text": ["one two", "two three"]})
    assert space({"text": ["two"]}).numpy().tolist() == [[0, 1, 0, 0]]


def test_a_functional_model_is_built_on_its_numbers():
    space = FeatureSpace({name: kinds()[name] for name in ("plain", "normal", "whole")})
    space.adapt(TABLE)
    inputs, encoded = space.get_inputs(), space.get_encoded_features()
    assert sorted(inputs) == ["normal", "plain", "whole"]
    model = mg.Model(inputs, mg.layers.Dense(1)(encoded))
    model.compile("sgd", "mse")
    columns = {name: np.array(TABLE[name])[:, None] for name in inputs}
    assert len(model.fit(columns, np.ones(4), verbose=0).history["loss"]) == 1
    trained = mg.Sequential([mg.layers.Dense(1)])
    trained.compile("sgd", "mse")
    trained.fit(space(TABLE), np.ones(4), verbose=0)


class Table:
    """What a table of pandas looks like, where a test can do without pandas."""

    iloc = None

    def __init__(self, columns):
        self._columns = columns

    def __iter__(self):
        return iter(self._columns)

    def __getitem__(self, name):
        return self._columns[name]


def strings(column):
    return np.array(column, dtype=object if isinstance(column[0], str) else None)


COLUMNS = {name: strings(column) for name, column in TABLE.items()}


TABLES = {
    "a stand-in": lambda: Table(COLUMNS),
    "pandas": lambda: pytest.importorskip("pandas").DataFrame(TABLE),
}


@pytest.mark.parametrize("make_table", TABLES.values(), ids=TABLES)
def test_a_table_is_a_dict_of_its_columns(make_table):
    space, other = FeatureSpace(kinds()), FeatureSpace(kinds())
    space.adapt(make_table())
    other.adapt(TABLE)
    np.testing.assert_array_equal(space(make_table()).numpy(), other(TABLE).numpy())


@pytest.mark.parametrize("text", [object, str], ids=["objects", "text"])
def test_a_functional_model_takes_strings(text, tmp_path):
    space = FeatureSpace(kinds(), crosses=[("whole", "word")], crossing_dim=8)
    space.adapt(TABLE)
    model = mg.Model(space.get_inputs(), mg.layers.Dense(1)(space.get_encoded_features()))
    model.compile("sgd", "mse")
    columns = {name: x.astype(text) if isinstance(x[0], str) else x for name, x in COLUMNS.items()}
    history = model.fit(columns, np.ones(4), epochs=2, batch_size=3, verbose=0).history
    assert history["loss"][1] < history["loss"][0]
    dense = mg.layers.Dense(1)
    dense.build((None, space(TABLE).shape[-1]))
    dense.set_weights(model.layers[-1].get_weights())
    expected = dense(space(TABLE))
    np.testing.assert_allclose(model.predict(columns, verbose=0), expected, atol=1e-6)
    rows = {name: x[:, None] for name, x in columns.items()}
    np.testing.assert_allclose(model(rows), expected, atol=1e-6)
    model.save(tmp_path / "model.keras")
    again = mg.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again.predict(columns, verbose=0), expected, atol=1e-6)


def test_a_functional_model_tells_strings_from_numbers():
    space = FeatureSpace({"word": "string_categorical", "plain": "float"})
    space.adapt({"word": ["a", "b"], "plain": [0.0, 1.0]})
    model = mg.Model(space.get_inputs(), space.get_encoded_features())
    with pytest.raises(
        ValueError, match=r"'word' takes text: .* Received: an array of dtype float32"
    ):
        model({"word": np.ones((2, 1), "float32"), "plain": np.ones((2, 1), "float32")})


def test_it_is_saved_and_loaded(tmp_path):
    space = FeatureSpace(kinds(), crosses=[("whole", "word")], crossing_dim=8)
    space.adapt(TABLE)
    space.save(tmp_path / "space.keras")
    again = mg.models.load_model(tmp_path / "space.keras")
    np.testing.assert_array_equal(again(TABLE).numpy(), space(TABLE).numpy())


def test_mistakes_are_told():
    int_mode = {"a": FeatureSpace.integer_hashed(4, output_mode="int")}
    for call, message in (
        (lambda: FeatureSpace({}), "cannot be None or empty"),
        (lambda: FeatureSpace({"a": "colour"}), "Invalid feature type"),
        (lambda: FeatureSpace({"a": "float"}, output_mode="list"), "output_mode=list"),
        (lambda: FeatureSpace({"a": "float"}, crosses=[("a", "b")]), "All features referenced"),
        (lambda: FeatureSpace.cross(("a", "b"), 3, "float"), "output_mode=float"),
        (lambda: FeatureSpace.feature("int32", None, "many"), "output_mode=many"),
        (lambda: FeatureSpace({"a": "float_normalized"})({"a": [1.0]}), "need to call `.adapt"),
        (lambda: FeatureSpace({"a": "float"})({"b": [1.0]}), r"Missing: \['a'\]"),
        (lambda: FeatureSpace({"a": "float"})([1.0]), "can only be called with a dict"),
        (lambda: FeatureSpace({"a": "float"}).adapt(3), "dict of arrays"),
        (lambda: FeatureSpace({"a": "float_normalized"}).adapt([[1]]), "dataset of dicts"),
        (lambda: FeatureSpace(int_mode)({"a": [1]}), "has not been encoded"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    with pytest.raises(AttributeError, match="NoSuchThing"):
        mg.utils.NoSuchThing  # noqa: B018
