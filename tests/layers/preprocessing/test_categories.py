"""Layers that turn features and texts into numbers: vocabularies, bins, hashes, statistics."""

import numpy as np
import pytest

from minigrad import layers, utils
from minigrad.layers.preprocessing.fingerprints import farmhash64, siphash64

RNG = np.random.default_rng(5)


# Normalization


@pytest.mark.parametrize("axis", [-1, 1, (1, 2), None])
@pytest.mark.parametrize("batches", [False, True])
def test_adapted_features_have_mean_0_and_variance_1(axis, batches):
    x = RNG.normal(3, 2, size=(12, 4, 5)).astype("float32")
    layer = layers.Normalization(axis=axis)
    layer.adapt([x[:5], x[5:6], x[6:]] if batches else x)
    kept = {None: (), -1: (2,), 1: (1,), (1, 2): (1, 2)}[axis]
    reduced = tuple(i for i in range(3) if i not in kept)
    y = layer(x).numpy()
    np.testing.assert_allclose(y.mean(reduced), 0, atol=1e-5)
    np.testing.assert_allclose(y.var(reduced), 1, atol=1e-5)
    back = layers.Normalization(axis=axis, invert=True)
    back.build(x.shape)
    back.set_weights(layer.get_weights())
    np.testing.assert_allclose(back(y), x, atol=1e-5)


def test_normalization_takes_datasets_and_tuples():
    x = RNG.normal(size=(6, 3)).astype("float32")

    class Data(utils.PyDataset):
        num_batches = 2

        def __getitem__(self, i):
            return x[3 * i : 3 * i + 3], np.zeros(3)

    layer = layers.Normalization()
    layer.adapt(Data())
    np.testing.assert_allclose(np.ravel(layer.mean), x.mean(0), atol=1e-6)


def test_given_statistics_are_no_weights():
    layer = layers.Normalization(mean=[1.0, 2.0], variance=[4.0, 9.0])
    np.testing.assert_allclose(layer(np.array([[3.0, 5.0]])), [[1.0, 1.0]])
    assert layer.weights == []
    assert layers.Normalization.from_config(layer.get_config()).input_mean == [1.0, 2.0]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: layers.Normalization(mean=1.0), ValueError, "both `mean` and `variance`"),
        (lambda: layers.Normalization(mean=[1.0], variance=1.0), ValueError, "same shape"),
        (lambda: layers.Normalization(mean=[[1.0]], variance=[[1.0]]), ValueError, "rank"),
        (lambda: layers.Normalization(axis=3).build((2, 3)), ValueError, "range"),
        (lambda: layers.Normalization().build((2, None)), ValueError, "known shape"),
        (lambda: layers.Normalization().adapt([]), ValueError, "empty"),
        (lambda: layers.Normalization().adapt(3), TypeError, "Unsupported data type"),
        (lambda: layers.Normalization().adapt(["a"]), TypeError, "arrays or tensors"),
        (
            lambda: layers.Normalization().adapt([np.ones((2, 3)), np.ones((2, 4))]),
            ValueError,
            "incompatible shape",
        ),
    ],
)
def test_normalization_refuses(make, error, message):
    with pytest.raises(error, match=message):
        make()


# Categories


def test_category_encoding_modes():
    x = np.array([[0, 1, 1], [3, 3, 3]])
    modes = {mode: layers.CategoryEncoding(4, output_mode=mode) for mode in ("multi_hot", "count")}
    np.testing.assert_array_equal(modes["multi_hot"](x), [[1, 1, 0, 0], [0, 0, 0, 1]])
    np.testing.assert_array_equal(modes["count"](x), [[1, 2, 0, 0], [0, 0, 0, 3]])
    weighted = modes["count"](x, count_weights=np.array([[0.5, 1, 2], [1, 1, 1]]))
    np.testing.assert_array_equal(weighted, [[0.5, 3, 0, 0], [0, 0, 0, 3]])
    one_hot = layers.CategoryEncoding(4, output_mode="one_hot")
    np.testing.assert_array_equal(one_hot(x), np.eye(4)[x])
    assert one_hot(x[:, :1]).shape == (2, 4)
    with pytest.raises(ValueError, match="count_weights"):
        one_hot(x, count_weights=x)


def test_bins_have_equal_shares_of_the_data():
    x = RNG.normal(size=2000).astype("float32")
    layer = layers.Discretization(num_bins=4)
    layer.adapt(x)
    np.testing.assert_allclose(layer.bin_boundaries, np.quantile(x, [0.25, 0.5, 0.75]), atol=0.05)
    counts = np.bincount(layer(x).numpy(), minlength=4)
    assert counts.min() > 400
    in_parts = layers.Discretization(num_bins=4)
    in_parts.adapt(x[i : i + 200] for i in range(0, 2000, 200))
    np.testing.assert_allclose(in_parts.bin_boundaries, layer.bin_boundaries, atol=0.05)
    twin = layers.Discretization.from_config(layer.get_config())
    np.testing.assert_array_equal(twin(x), layer(x))


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.CategoryEncoding(),
        lambda: layers.CategoryEncoding(0),
        lambda: layers.CategoryEncoding(2, output_mode="int"),
        lambda: layers.CategoryEncoding(2, sparse=True),
        lambda: layers.Discretization(),
        lambda: layers.Discretization([1.0], num_bins=2),
        lambda: layers.Discretization(num_bins=-1),
        lambda: layers.Discretization(num_bins=3)(np.ones(2)),
        lambda: layers.Discretization([1.0]).adapt(np.ones(2)),
        lambda: layers.Hashing(0),
        lambda: layers.Hashing(2, salt="a"),
        lambda: layers.Hashing(2, dtype="float32"),
        lambda: layers.HashedCrossing(2)([["a"]]),
        lambda: layers.HashedCrossing(2)([["a"], ["b", "c"]]),
        lambda: layers.HashedCrossing(2)([[["a", "b"]], [["b", "c"]]]),
        lambda: layers.HashedCrossing(2)([[1.0], [2.0]]),
    ],
)
def test_what_cannot_work_is_refused(make):
    with pytest.raises(ValueError, match="Received"):
        make()


# Hashes: the numbers are FarmHash's and SipHash's own, and those in Keras's documentation.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0x9AE16A3B2F90404F),
        ("abc", 0x24A5B3A074E7F369),
        ("abcdef", 0xC329379E6A03C2CD),
        ("0123456789", 0xAD052244B781C4EB),
        ("0123456789=012345", 0x46A7416ED4861E3B),
        ("size:  a.out:  bad magic", 0x80D73B843BA57DB8),
        ("Discard medicine more than two years old.", 0xE8F89AB6DF9BDD25),
        (
            "For every action there is an equal and opposite government program.",
            0x55182F8859ECA4CE,
        ),
        (
            "The fugacity of a constituent in a mixture of gases at a given temperature is "
            "proportional to its mole fraction.  Lewis-Randall Rule",
            0x98EFF6958C5E91A,
        ),
    ],
)
def test_farmhash(text, expected):
    assert farmhash64(text.encode()) == expected


def test_siphash():
    key = 0x0706050403020100, 0x0F0E0D0C0B0A0908
    assert siphash64(b"", key) == 0x726FDB47DD0E0E31
    assert siphash64(bytes(range(8)), key) == 0x93F5F5799A932462


def test_hashing_puts_categories_where_keras_does():
    x = [["A"], ["B"], ["C"], ["D"], ["E"]]
    assert np.ravel(layers.Hashing(3)(x)).tolist() == [1, 0, 1, 1, 2]
    assert np.ravel(layers.Hashing(3, mask_value="")([["A"], ["B"], [""]]))[2] == 0
    assert np.ravel(layers.Hashing(3, salt=[133, 137])(x)).tolist() == [1, 2, 1, 0, 2]
    assert layers.Hashing(4, output_mode="multi_hot")(x).shape == (5, 4)
    cross = layers.HashedCrossing(num_bins=5)
    letters, numbers = np.array(list("ABABA")), np.array([101, 101, 101, 102, 102])
    assert cross([letters, numbers]).numpy().tolist() == [1, 4, 1, 1, 3]
    one_hot = layers.HashedCrossing(num_bins=5, output_mode="one_hot")
    assert one_hot([letters[:, None], numbers[:, None]]).numpy().argmax(1).tolist() == [
        1,
        4,
        1,
        1,
        3,
    ]


# Vocabularies


def test_string_lookup_and_back():
    layer = layers.StringLookup(vocabulary=["a", "b"], mask_token="")
    assert layer.get_vocabulary() == ["", "[UNK]", "a", "b"]
    indices = layer([["b", "", "z"]])
    assert indices.numpy().tolist() == [[3, 0, 1]] and indices.dtype == "int64"
    back = layers.StringLookup(vocabulary=layer.get_vocabulary(), mask_token="", invert=True)
    assert back(indices).tolist() == [["b", "", "[UNK]"]]
    assert layer(np.array([b"a"])).numpy().tolist() == [2]


def test_vocabulary_is_sorted_by_count_then_backwards_by_token():
    layer = layers.IntegerLookup(max_tokens=4)
    layer.adapt(np.array([[1, 2, 3], [3, 2, 9], [3, -1, 7]]))
    assert layer.get_vocabulary() == [-1, 3, 2, 9]
    assert layer.get_vocabulary(include_special_tokens=False) == [3, 2, 9]
    assert layer.vocabulary_size() == 4
    assert layer(np.array([3, 2, 1])).numpy().tolist() == [1, 2, 0]
    layer.adapt(np.array([5, 5, 5]))
    assert layer.get_vocabulary() == [-1, 5]


def test_unknown_tokens_share_some_indices():
    layer = layers.IntegerLookup(vocabulary=[12, 36], num_oov_indices=2)
    assert layer(np.array([12, 37, 1000])).numpy().tolist() == [2, 1, 0]
    farm = layers.IntegerLookup(vocabulary=[10], num_oov_indices=4, oov_method="farmhash")
    values = np.array([100, 300, 700, 1100, 1700, 2000])
    assert farm(values).numpy().tolist() == [3, 3, 2, 2, 0, 1]
    strict = layers.StringLookup(vocabulary=["a"], num_oov_indices=0)
    with pytest.raises(ValueError, match="consider setting `num_oov_indices=1`"):
        strict(["b"])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("multi_hot", [[0, 1, 0, 1, 1], [1, 0, 1, 0, 1]]),
        ("count", [[0, 1, 0, 1, 2], [2, 0, 1, 0, 1]]),
        ("tf_idf", [[0, 0.25, 0, 0.6, 0.8], [1.0, 0, 0.75, 0, 0.4]]),
    ],
)
def test_vectors_of_vocabularies(mode, expected):
    weights = [0.25, 0.75, 0.6, 0.4] if mode == "tf_idf" else None
    layer = layers.StringLookup(vocabulary=list("abcd"), output_mode=mode, idf_weights=weights)
    x = [["a", "c", "d", "d"], ["d", "z", "b", "z"]]
    np.testing.assert_allclose(layer(x), expected, atol=1e-6)
    padded = layers.StringLookup(
        max_tokens=7,
        vocabulary=list("abcd"),
        output_mode=mode,
        idf_weights=weights,
        pad_to_max_tokens=True,
    )
    np.testing.assert_allclose(padded(x)[:, :5], expected, atol=1e-6)
    assert padded(x).shape == (2, 7)


def test_a_vocabulary_from_a_file(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("one\ntwo\n", encoding="utf-8")
    layer = layers.StringLookup(vocabulary=str(path))
    assert layer.get_vocabulary() == ["[UNK]", "one", "two"]
    assert layer.get_config()["vocabulary"] is None
    layer.save_assets(str(tmp_path))
    twin = layers.StringLookup()
    twin.load_assets(str(tmp_path))
    assert twin.get_vocabulary() == layer.get_vocabulary()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: layers.StringLookup(vocabulary=["a", "a"]), ValueError, "repeated term"),
        (lambda: layers.StringLookup(vocabulary=[]), ValueError, "empty vocabulary"),
        (lambda: layers.StringLookup(max_tokens=1), ValueError, "greater than 1"),
        (lambda: layers.StringLookup(max_tokens=2, vocabulary=["a", "b"]), ValueError, "larger"),
        (lambda: layers.StringLookup(num_oov_indices=-1), ValueError, "num_oov_indices"),
        (lambda: layers.StringLookup(mask_token="m", vocabulary=["a", "m"]), ValueError, "mask"),
        (lambda: layers.StringLookup(invert=True, output_mode="count"), ValueError, "invert"),
        (lambda: layers.StringLookup(vocabulary="/no/such/file"), ValueError, "does not exist"),
        (lambda: layers.StringLookup(pad_to_max_tokens=True), ValueError, "max_tokens"),
        (lambda: layers.StringLookup(output_mode="tf"), ValueError, "output_mode"),
        (lambda: layers.StringLookup(output_mode="count")(["a"]), RuntimeError, "vocabulary"),
        (
            lambda: layers.StringLookup(vocabulary=["a"], output_mode="tf_idf"),
            ValueError,
            "idf_weights",
        ),
        (lambda: layers.StringLookup(vocabulary=["a"]).adapt(["a"]), ValueError, "static"),
        (lambda: layers.IntegerLookup(vocabulary_dtype="int32"), ValueError, "vocabulary_dtype"),
        (lambda: layers.IntegerLookup(salt=1), ValueError, "farmhash"),
    ],
)
def test_lookups_refuse(make, error, message):
    with pytest.raises(error, match=message):
        make()


# Texts


def test_texts_are_cut_and_looked_up():
    layer = layers.TextVectorization(vocabulary=["the", "cat"])
    y = layer(["The CAT, the dog!", "cat"])
    assert y.numpy().tolist() == [[2, 3, 2, 1], [3, 0, 0, 0]]
    fixed = layers.TextVectorization(vocabulary=["the", "cat"], output_sequence_length=2)
    assert fixed(np.array([["The CAT, the dog!"]])).numpy().tolist() == [[2, 3]]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, ["", "[UNK]", "b", "a"]),
        ({"standardize": "lower"}, ["", "[UNK]", "b.", "a"]),
        ({"standardize": "strip_punctuation"}, ["", "[UNK]", "b", "a", "B"]),
        ({"standardize": None}, ["", "[UNK]", "b.", "a", "B."]),
        ({"split": "character"}, ["", "[UNK]", "b", "a", " "]),
        ({"split": None}, ["", "[UNK]", "b", "a b"]),
        ({"ngrams": 2}, ["", "[UNK]", "b", "a b", "a"]),
        ({"ngrams": (2,)}, ["", "[UNK]", "a b"]),
        ({"standardize": np.char.upper}, ["", "[UNK]", "B.", "A"]),
        ({"split": lambda texts: [t[:1] for t in texts]}, ["", "[UNK]", "b", "a"]),
        ({"max_tokens": 3}, ["", "[UNK]", "b"]),
    ],
)
def test_words_of_texts(more, words):
    layer = layers.TextVectorization(**more)
    layer.adapt(["a b.", "B."])
    assert layer.get_vocabulary() == words
    layer.adapt(batch for batch in (["a b."], ["B."]))
    assert layer.get_vocabulary() == words


def test_texts_as_vectors_with_weights():
    layer = layers.TextVectorization(output_mode="tf_idf")
    layer.adapt(["a b a", "b c"])
    assert layer.get_vocabulary() == ["[UNK]", "b", "a", "c"]
    idf = np.log([1 + 2 / 3, 1 + 2 / 2, 1 + 2 / 2])
    np.testing.assert_allclose(layer(["a c a z"]), [[idf.mean(), 0, 2 * idf[1], idf[2]]], atol=1e-6)
    twin = layers.TextVectorization.from_config(layer.get_config())
    twin.set_vocabulary(layer.get_vocabulary(), layer._lookup_layer.idf_weights)
    np.testing.assert_allclose(twin(["a c"]), layer(["a c"]))


@pytest.mark.parametrize(
    "more",
    [
        {"standardize": "upper"},
        {"split": "words"},
        {"ngrams": 1.5},
        {"output_mode": "float"},
        {"output_mode": "count", "output_sequence_length": 3},
        {"output_sequence_length": 1.5},
        {"ragged": True},
        {"sparse": True},
    ],
)
def test_text_vectorization_refuses(more):
    with pytest.raises(ValueError, match="Received"):
        layers.TextVectorization(**more)


def test_one_text_by_itself_has_no_axis_of_texts():
    layer = layers.TextVectorization(vocabulary=["b", "a"])
    assert layer("a b a").numpy().tolist() == [3, 2, 3]
    assert layer.compute_output_shape(()) == (None,)
    counts = layers.TextVectorization(vocabulary=["b", "a"], output_mode="count")
    assert counts("a b a").numpy().tolist() == [0, 1, 2]


def test_texts_of_several_columns_are_refused():
    with pytest.raises(ValueError, match="last shape dimension must be 1"):
        layers.TextVectorization(vocabulary=["a"])(np.array([["a", "b"]]))
