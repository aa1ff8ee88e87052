"""Arrays in batches."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import Tensor, settings
from minigrad.training.data import ArrayAdapter, train_validation_split

X = np.arange(20, dtype="float32").reshape(10, 2)
Y = np.arange(10)


def batches_of(*args, **kwargs):
    return list(ArrayAdapter(*args, **kwargs).batches())


def test_batches_are_tuples_of_tensors_and_the_last_is_smaller():
    adapter = ArrayAdapter(X, Y, batch_size=4)
    batches = list(adapter.batches())
    assert adapter.num_batches == len(batches) == 3
    assert all(type(part) is Tensor for batch in batches for part in batch)
    assert [len(x) for x, _ in batches] == [4, 4, 2]
    np.testing.assert_array_equal(np.concatenate([x for x, _ in batches]), X)
    assert batches[0][1].dtype == "int64"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [({}, 32), ({"batch_size": 3}, 3), ({"steps": 4}, 3), ({"batch_size": 2, "steps": 4}, 2)],
)
def test_the_size_of_a_batch_is_given_or_follows_from_the_steps(arguments, expected):
    assert ArrayAdapter(X, Y, **arguments).batch_size == expected


def test_without_targets_a_batch_is_the_input_alone():
    (batch,) = batches_of(X)
    np.testing.assert_array_equal(batch, X)
    (batch,) = batches_of([X, X])
    assert [type(part) for part in batch] == [list]


def test_structures_are_kept_and_none_stays_none():
    (batch,) = batches_of({"a": X, "b": (X, None)}, [Y], batch_size=10)
    x, y = batch
    assert x["b"][1] is None
    assert isinstance(y, list)
    np.testing.assert_array_equal(x["b"][0], X)


def test_shuffling_keeps_pairs_together_and_differs_from_pass_to_pass():
    adapter = ArrayAdapter(X, Y, batch_size=4, shuffle=True)
    passes = []
    for _ in range(2):
        x, y = map(np.concatenate, zip(*adapter.batches()))
        np.testing.assert_array_equal(x, X[y])
        passes.append(y.tolist())
    assert passes[0] != passes[1]
    assert sorted(passes[0]) == Y.tolist()


def test_the_order_is_that_of_numpys_seed():
    np.random.seed(3)
    expected = np.random.permutation(10)
    np.random.seed(3)
    batches = batches_of(Y, batch_size=4, shuffle=True)
    np.testing.assert_array_equal(np.concatenate(batches), expected)


def test_shuffling_within_batches_keeps_batches_together():
    batches = batches_of(Y, batch_size=5, shuffle="batch")
    assert [sorted(batch.tolist()) for batch in batches] == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.ones(3, "float64"), "float32"),
        (np.ones(3, "float16"), "float32"),
        (np.ones(3, ">f4"), "float32"),
        (np.ones(3, ">i2"), "int16"),
        (np.ones(3, "uint8"), "uint8"),
        (np.ones(3, "bool"), "bool"),
        (Tensor([1.0, 2.0, 3.0]), "float32"),
        (Tensor([1, 2, 3], dtype="bfloat16"), "float32"),
    ],
)
def test_floats_become_floatx_and_the_rest_stays(array, expected):
    (batch,) = batches_of(array)
    assert batch.dtype == expected


def test_floatx_is_that_of_the_moment():
    settings.set_floatx("float64")
    try:
        (batch,) = batches_of(X)
    finally:
        settings.set_floatx("float32")
    assert batch.dtype == "float64"


def test_text_stays_an_array():
    (batch,) = batches_of(np.array(["a", "b"]))
    assert isinstance(batch, np.ndarray)
    (batch,) = batches_of(np.array(["a", "b"], dtype=object), shuffle=True)
    assert sorted(batch) == ["a", "b"]


def test_a_batch_of_neighbouring_rows_is_a_view():
    (batch,) = batches_of(X)
    assert np.shares_memory(np.asarray(batch), X)


class Frame:
    """What pandas' tables look like, where a test can do without pandas."""

    def __init__(self, columns):
        self._columns = columns
        self.dtypes = np.array([column.dtype for column in columns], dtype=object)
        self.shape = (len(columns[0]), len(columns))

    def to_numpy(self, dtype=None, na_value=None):
        return np.stack([column.astype(dtype or object) for column in self._columns], 1)

    def __array__(self, dtype=None, copy=None):
        return self.to_numpy()


def test_a_table_with_columns_of_several_dtypes_becomes_floats():
    (batch,) = batches_of(Frame([np.array([1, 2]), np.array([True, False])]))
    assert (batch.dtype, batch.tolist()) == ("float32", [[1.0, 1.0], [2.0, 0.0]])


def test_a_table_with_text_stays_an_array():
    (batch,) = batches_of(Frame([np.array([1, 2]), np.array(["1", "b"], dtype=object)]))
    assert batch.dtype == object


def test_a_single_batch_may_be_a_table():
    model = mg.Sequential([mg.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse")
    table = Frame([np.array([1, 2]), np.array([True, False])])
    assert model.predict_on_batch(table).tolist() == [[2.0], [2.0]]
    assert model.train_on_batch(table, Frame([np.array([2, 2])])) == 0.0


def test_pandas_tables_train_a_model():
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    frame = pandas.DataFrame(
        {"a": rng.normal(size=40), "b": rng.integers(0, 9, 40), "c": rng.random(40) < 0.5}
    )
    y, weights = frame["a"] * 2 + frame["c"], pandas.Series(np.ones(40))

    def train(x, y, weights):
        mg.utils.set_random_seed(1)
        normal = mg.layers.Normalization()
        normal.adapt(x[["a", "b"]].astype("float32") if x is frame else x[:, :2])
        model = mg.Sequential([mg.layers.Dense(4, "tanh"), mg.layers.Dense(1)])
        model.compile("adam", "mse")
        arguments = {"sample_weight": weights, "validation_split": 0.25, "batch_size": 7}
        history = model.fit(x, y, epochs=2, verbose=0, **arguments).history
        values = model.evaluate(x, y, verbose=0), model.predict(x, verbose=0)
        return [*history.values(), *values, normal.mean, model.train_on_batch(x, y)]

    frame = frame.sample(frac=1, random_state=0)  # its index is not that of its rows
    y = y[frame.index]
    arrays = frame.to_numpy("float32"), y.to_numpy("float32"), weights.to_numpy()
    for one, other in zip(train(frame, y, weights), train(*arrays), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_pandas_tables_and_columns_are_arrays():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2, 3, 4], "b": [0.5, 1.5, 2.5, 3.5]})
    batches = batches_of(frame, frame["a"], batch_size=3)
    assert [x.shape for x, _ in batches] == [(3, 2), (1, 2)]
    assert (batches[0][0].dtype, batches[0][1].dtype) == ("float32", "int64")
    missing = pandas.DataFrame({"a": pandas.array([1, None], dtype="Int64")})
    (batch,) = batches_of(missing)
    np.testing.assert_array_equal(batch, [[1.0], [np.nan]])
    (train, _), (test, _) = train_validation_split((frame, None), 0.25)
    assert (len(train), test["b"].tolist()) == (3, [3.5])


class SparseRows:
    """What SciPy's sparse matrices look like."""

    def __init__(self, dense):
        self.dense, self.shape, self.dtype = dense, dense.shape, dense.dtype

    def tocsr(self):
        return self

    tocoo = tocsr

    def astype(self, dtype):
        return SparseRows(self.dense.astype(dtype))

    def toarray(self):
        return self.dense

    def __getitem__(self, rows):
        return SparseRows(self.dense[rows])


@pytest.mark.parametrize("shuffle", [False, True])
def test_sparse_matrices_become_dense_batch_by_batch(shuffle):
    x = np.diag(np.arange(4.0))
    batches = batches_of(SparseRows(x), np.arange(4), batch_size=3, shuffle=shuffle)
    for rows, numbers in batches:
        assert rows.dtype == "float32"
        np.testing.assert_array_equal(rows, x[numbers.numpy()])


# Weights


def test_class_weights_become_sample_weights():
    (batch,) = batches_of(X, Y % 3, class_weight={0: 0.5, 2: 2.0})
    expected = np.select([Y % 3 == 0, Y % 3 == 2], [0.5, 2.0], 1.0)
    np.testing.assert_array_equal(batch[2], expected)


def test_one_weight_per_sample_counts_for_all_outputs():
    weights = np.linspace(0, 1, 10, dtype="float32")
    (batch,) = batches_of(X, {"a": Y, "b": Y}, weights)
    np.testing.assert_array_equal(batch[2]["a"], weights)
    np.testing.assert_array_equal(batch[2]["b"], weights)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": Y[:3]}, r"cardinality is ambiguous.*'x' sizes: \[10\], 'y' sizes: \[3\]"),
        ({"y": np.array(3)}, "cardinality is ambiguous"),
        ({"y": Y, "sample_weight": Y, "class_weight": {0: 1}}, "at the same time"),
        ({"y": [Y, Y], "class_weight": {0: 1}}, "with a single output"),
        ({"y": [Y, Y], "sample_weight": X}, r"one scalar score per sample.*\(10, 2\)"),
        ({"y": [Y, Y], "sample_weight": [Y]}, "did not match"),
        ({"x": None}, "There is no data"),
        ({"x": X[:0]}, "no samples"),
        ({"x": np.array(3)}, "must have an axis for the samples"),
    ],
)
def test_errors_say_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        ArrayAdapter(**{"x": X, **arguments})


# Two parts


def test_the_last_samples_are_for_validation():
    train, validation = train_validation_split(({"a": X}, Y, None), 0.3)
    np.testing.assert_array_equal(train[0]["a"], X[:7])
    np.testing.assert_array_equal(validation[1], Y[7:])
    assert train[2] is None and validation[2] is None


@pytest.mark.parametrize(
    ("arrays", "fraction", "message"),
    [
        ((X, Y), 1.0, "not sufficient to split"),
        ((X, Y), 0.0, "not sufficient to split"),
        (((i for i in range(3)), None), 0.5, "only supported for tensors or NumPy arrays"),
    ],
)
def test_a_split_that_is_impossible_is_refused(arrays, fraction, message):
    with pytest.raises(ValueError, match=message):
        train_validation_split(arrays, fraction)
