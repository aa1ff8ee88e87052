"""Attention layers against softmax written out in NumPy: scores, masks, heads, gates."""

import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers, ops

RNG = np.random.default_rng(5)


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


QUERY, VALUE, KEY = normal(2, 3, 4), normal(2, 5, 6), normal(2, 5, 4)
VALUE_MASK = np.array([[True, True, True, False, False], [True, False, True, True, True]])
QUERY_MASK = np.array([[True, True, False], [True, False, True]])


def softmax(x, allowed=True):
    x = np.where(allowed, x, -np.inf)
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def weights_of(layer):
    return {w.path.split("/", 1)[1]: np.asarray(w) for w in layer.weights}


def projected(x, weights, name):
    return (
        np.einsum("btd,dhk->bhtk", x, weights[f"{name}/kernel"]) + weights[f"{name}/bias"][:, None]
    )


def multi_head(layer, query, value, key, allowed=True):
    """The output and the weights of MultiHeadAttention, written out."""
    w = weights_of(layer)
    q, k, v = (projected(x, w, n) for x, n in ((query, "query"), (key, "key"), (value, "value")))
    scores = np.einsum("bhqd,bhkd->bhqk", q, k) / np.sqrt(q.shape[-1])
    weights = softmax(scores, allowed)
    found = np.einsum("bhqk,bhkd->bqhd", weights, v)
    kernel, bias = w["attention_output/kernel"], w["attention_output/bias"]
    return np.einsum("bqhd,hde->bqe", found, kernel) + bias, weights


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_attention_is_a_mean_weighted_by_softmax(causal, masked):
    layer = layers.Attention(use_scale=True)
    masks = [QUERY_MASK, VALUE_MASK] if masked else None
    layer.build([QUERY.shape, VALUE.shape, KEY.shape])
    layer.set_weights([np.array(0.5, "float32")])
    y, weights = layer(
        [QUERY, VALUE, KEY], mask=masks, use_causal_mask=causal, return_attention_scores=True
    )
    allowed = np.tril(np.ones((3, 5), bool)) if causal else np.ones((3, 5), bool)
    if masked:
        allowed = allowed & VALUE_MASK[:, None]
    expected = softmax(0.5 * QUERY @ KEY.transpose(0, 2, 1), allowed)
    np.testing.assert_allclose(weights, expected, atol=1e-5)
    outputs = expected @ VALUE
    if masked:
        outputs = np.where(QUERY_MASK[..., None], outputs, 0)
    np.testing.assert_allclose(y, outputs, atol=1e-5)


def test_scores_by_tanh():
    sums = np.tanh(QUERY[:, :, None] + KEY[:, None])
    concat = layers.Attention(score_mode="concat")
    y = concat([QUERY, VALUE, KEY])
    np.testing.assert_allclose(y, softmax(sums.sum(-1)) @ VALUE, atol=1e-5)
    additive = layers.AdditiveAttention()
    y = additive([QUERY, VALUE, KEY])
    (scale,) = additive.get_weights()
    np.testing.assert_allclose(y, softmax((scale * sums).sum(-1)) @ VALUE, atol=1e-5)


@pytest.mark.parametrize("path", ["fused", "scores", "dropout"])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("mask", [None, "padding", "given"])
def test_every_path_of_multi_head_attention_computes_the_same(path, causal, mask):
    layer = layers.MultiHeadAttention(
        2, 3, value_dim=5, dropout=0.5 * (path == "dropout"), bias_initializer="normal"
    )
    more = {"use_causal_mask": causal, "return_attention_scores": path == "scores"}
    allowed = np.ones((1, 1, 3, 5), bool)
    if causal:
        allowed = allowed & np.tril(np.ones((3, 5), bool))
    if mask == "padding":
        more["value_mask"] = VALUE_MASK
        allowed = allowed & VALUE_MASK[:, None, None]
    elif mask == "given":
        more["attention_mask"] = RNG.random((2, 3, 5)) < 0.5
        more["attention_mask"][..., 0] = True
        allowed = allowed & more["attention_mask"][:, None]
    outputs = layer(QUERY, VALUE, KEY, **more)
    expected, weights = multi_head(layer, QUERY, VALUE, KEY, allowed)
    if path == "scores":
        outputs, found = outputs
        np.testing.assert_allclose(found, weights, atol=1e-5)
    np.testing.assert_allclose(outputs, expected, atol=1e-5)


def test_a_sliding_window_hides_what_is_far():
    layer = layers.MultiHeadAttention(2, 3, sliding_window=2)
    y = layer(KEY, KEY, use_causal_mask=True)
    i = np.arange(5)
    distance = i[:, None] - i
    expected, _ = multi_head(layer, KEY, KEY, KEY, (distance >= 0) & (distance < 2))
    np.testing.assert_allclose(y, expected, atol=1e-5)


def test_heads_of_a_group_share_keys_and_values():
    layer = layers.GroupQueryAttention(3, 4, 2, bias_initializer="normal")
    y, found = layer(KEY, KEY, return_attention_scores=True)
    w = weights_of(layer)
    assert w["key/kernel"].shape == (4, 2, 3) and w["query/kernel"].shape == (4, 4, 3)
    twin = layers.MultiHeadAttention(4, 3)
    twin.build(KEY.shape, KEY.shape)
    repeated = {
        name: np.repeat(x, 2, axis=-2) if name.startswith(("key", "value")) else x
        for name, x in w.items()
    }
    twin.set_weights(list(repeated.values()))
    expected, weights = twin(KEY, KEY, return_attention_scores=True)
    np.testing.assert_allclose(y, expected, atol=1e-5)
    np.testing.assert_allclose(found, weights, atol=1e-5)


def test_a_gate_multiplies_what_was_found():
    layer = layers.MultiHeadAttention(2, 3, use_gate=True)
    layer(KEY, KEY)
    weights = layer.get_weights()
    names = list(weights_of(layer))
    assert names[4:6] == ["gate/kernel", "gate/bias"]
    weights[4][:], weights[5][:] = 0, 0  # the gates are σ(0) = 1/2
    layer.set_weights(weights)
    plain = layers.MultiHeadAttention(2, 3)
    plain.build(KEY.shape, KEY.shape)
    plain.set_weights(weights[:4] + weights[6:8] + [weights[8] / 2, weights[9]])
    np.testing.assert_allclose(layer(KEY, KEY), plain(KEY, KEY), atol=1e-5)


def test_attention_along_other_axes():
    x = normal(2, 3, 4, 5)
    layer = layers.MultiHeadAttention(2, 3, attention_axes=(2,))
    y = layer(x, x)
    twin = layers.MultiHeadAttention(2, 3)
    twin.build((3, 4, 5), (3, 4, 5))
    twin.set_weights(layer.get_weights())
    for a, b in zip(y.numpy(), x, strict=True):
        np.testing.assert_allclose(a, twin(b, b), atol=1e-5)


def test_masks_of_embeddings_are_used_and_passed_on_without_warnings():
    query = layers.Embedding(5, 8, mask_zero=True)(np.array([[1, 2, 0]]))
    value = layers.Embedding(5, 8, mask_zero=True)(np.array([[3, 0, 4, 0]]))
    layer = layers.MultiHeadAttention(2, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = layer(query, value)
    assert np.asarray(y._keras_mask).tolist() == [[True, True, False]]
    assert query._keras_mask is None  # taken off, as in Keras
    allowed = np.array([[True, True, False]])[:, None, :, None] & np.array(
        [True, False, True, False]
    )
    expected, _ = multi_head(
        layer,
        *(np.asarray(x) for x in (query, value, value)),
        allowed | ~allowed.any(-1, keepdims=True),
    )
    np.testing.assert_allclose(y[:, :2], expected[:, :2], atol=1e-5)


def test_projections_start_from_different_numbers():
    layer = layers.MultiHeadAttention(2, 4, kernel_initializer="he_normal")
    layer.build((1, 3, 8), (1, 3, 8))
    assert np.abs(layer.query_dense.get_weights()[0] - layer.key_dense.get_weights()[0]).max() > 0


def test_regularizers_of_activities_are_those_of_the_projections():
    layer = layers.MultiHeadAttention(2, 3, activity_regularizer="l2")
    layer(KEY, KEY)
    assert len(layer.losses) == 4
    twin = layers.MultiHeadAttention.from_config(layer.get_config())
    twin(KEY, KEY)
    assert len(twin.losses) == 4


def test_a_reversed_embedding_scores_all_tokens():
    layer = layers.ReversibleEmbedding(6, 4)
    vectors = layer(np.array([[1, 5]]))
    table = layer.get_weights()[0]
    np.testing.assert_allclose(layer(vectors, reverse=True), table[[[1, 5]]] @ table.T, atol=1e-6)
    capped = layers.ReversibleEmbedding(6, 4, logit_soft_cap=0.1)
    assert np.abs(capped(10 * vectors, reverse=True)).numpy().max() <= 0.1
    half = layers.ReversibleEmbedding(6, 4, reverse_dtype="float16")
    half.build()
    assert half(vectors, reverse=True).dtype == "float16"
    assert half(mg.Input((2, 4)), reverse=True).dtype == "float16"


def test_einsum_dense_shares_its_kernel_along_other_axes():
    x = normal(2, 3, 4, 5)
    layer = layers.EinsumDense("...abc,ac->...ab", output_shape=(3, 4), bias_axes="a")
    y = layer(x)
    kernel, bias = layer.get_weights()
    assert bias.shape == (3, 1)
    np.testing.assert_allclose(y, np.einsum("nabc,ac->nab", x, kernel) + bias, atol=1e-5)
    assert layers.EinsumDense("ab...,bc->ac...", 7).compute_output_shape((None, 2, 3)) == (
        None,
        7,
        3,
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Attention(score_mode="sum"), "score_mode"),
        (lambda: layers.Attention()(QUERY), "list of inputs"),
        (lambda: layers.Attention()([QUERY]), "length 2 or 3"),
        (lambda: layers.Attention()([QUERY, KEY], mask=QUERY_MASK), "mask must be a list"),
        (lambda: layers.Attention()([QUERY, KEY], mask=[QUERY_MASK]), "mask list of length"),
        (lambda: layers.MultiHeadAttention(0, 2), "num_heads"),
        (lambda: layers.MultiHeadAttention(2, 2.0), "key_dim"),
        (lambda: layers.MultiHeadAttention(2, 2, sliding_window=0), "sliding_window"),
        (lambda: layers.MultiHeadAttention(2, 2, output_shape=1.5), "output_shape"),
        (lambda: layers.MultiHeadAttention(2, 2, attention_axes=1.5), "attention_axes"),
        (lambda: layers.MultiHeadAttention(2, 2)(QUERY, VALUE, QUERY), "must be equal"),
        (lambda: layers.MultiHeadAttention(2, 2, flash_attention=True, dropout=0.1), "flash"),
        (
            lambda: layers.MultiHeadAttention(2, 2, flash_attention=True)(
                QUERY, KEY, return_attention_scores=True
            ),
            "flash",
        ),
        (lambda: layers.GroupQueryAttention(2, 3, 2), "divisible"),
        (lambda: layers.EinsumDense("ab,bc", 3)(QUERY), "Invalid einsum equation"),
        (lambda: layers.EinsumDense("...ab,bc->ac...", 3)(QUERY), "Invalid einsum equation"),
        (lambda: layers.EinsumDense("abc,cd->abe", (3, 2))(QUERY), "no corresponding dim"),
        (lambda: layers.EinsumDense("abc,xd->abd", (3, 2))(QUERY), "did not have a match"),
        (lambda: layers.EinsumDense("abc,cd->abd", (9, 2))(QUERY), "do not match"),
        (lambda: layers.EinsumDense("abc,cd->abd", 2)(QUERY), "lengths for 2 only"),
        (lambda: layers.EinsumDense("abc,cd->abd", (3, 2), bias_axes="x")(QUERY), "Bias dim"),
    ],
)
def test_what_cannot_work_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "layer",
    [lambda: layers.MultiHeadAttention(2, 3), lambda: layers.GroupQueryAttention(3, 4, 2)],
    ids=["multi-head", "grouped"],
)
def test_only_a_mask_that_came_with_the_query_is_passed_on(layer):
    layer = layer()
    given = layer(QUERY, VALUE, query_mask=QUERY_MASK)
    assert getattr(given, "_keras_mask", None) is None
    query = layers.Masking()(np.where(QUERY_MASK[..., None], QUERY, 0))
    outputs, _ = layer(query, VALUE, return_attention_scores=True)
    np.testing.assert_array_equal(outputs._keras_mask, QUERY_MASK)


def test_attention_of_a_user_s_own_gets_the_causal_mask():
    seen = []

    class Own(layers.MultiHeadAttention):
        def _compute_attention(
            self,
            query,
            key,
            value,
            attention_mask=None,
            training=None,
            return_attention_scores=False,
        ):
            seen.append(attention_mask)
            return super()._compute_attention(query, key, value, attention_mask, training)

    layer = Own(2, 3)
    y = layer(KEY, KEY, use_causal_mask=True)
    assert np.asarray(seen[0]).tolist() == [np.tril(np.ones((5, 5), bool)).tolist()]
    expected, _ = multi_head(layer, KEY, KEY, KEY, np.tril(np.ones((5, 5), bool)))
    np.testing.assert_allclose(y, expected, atol=1e-5)
    assert ops.shape(y) == (2, 5, 4)
