"""Cases of the attention layers: scores, masks, heads."""

from tests.golden.cases.spec import SINGLE, Case, booleans, layer, normal, prefix_mask, values

QUERY, VALUE, KEY = normal(2, 3, 4), normal(2, 5, 4), normal(2, 5, 4)
SELF = normal(2, 4, 4)


def dot_and_additive(name: str) -> list[Case]:
    return [
        layer(name, [QUERY, VALUE]),
        layer(name, [QUERY, VALUE, KEY]),
        layer(name, [QUERY, VALUE], use_scale=True),
        layer(name, [QUERY, VALUE], use_scale=False),
        layer(name, [QUERY, VALUE, KEY], call={"return_attention_scores": True}),
        layer(name, [QUERY, VALUE], call={"mask": [prefix_mask(2, 3), prefix_mask(2, 5)]}),
        layer(name, [SELF, SELF], call={"use_causal_mask": True}),
        layer(name, [QUERY, VALUE], dropout=0.5, call={"training": False}),
    ]


def headed(name: str, *args, call: dict | None = None, **kwargs) -> list[Case]:
    """A call in float32, and one with a dropout that is off, which Keras computes in float64 too.

    (The fused attention of JAX, which Keras takes without dropout, sums in float32 always.)
    """
    off = {**(call or {}), "training": False}
    return [
        layer(name, *args, call=call, dtypes=SINGLE, **kwargs),
        layer(name, *args, call=off, dropout=0.5, **kwargs),
    ]


def heads(name: str, **shape: int) -> list[Case]:
    """Multi-head attention and its grouped form take the same calls."""
    masks = {"value_mask": prefix_mask(2, 5)}
    if name == "MultiHeadAttention":  # the other's result for masked queries depends on the path
        masks["query_mask"] = prefix_mask(2, 3)
    return [
        *headed(name, QUERY, VALUE, **shape),
        *headed(name, QUERY, VALUE, KEY, **shape),
        *headed(name, SELF, SELF, **shape, call={"use_causal_mask": True}),
        *headed(name, QUERY, VALUE, use_bias=False, **shape),
        *headed(name, QUERY, VALUE, **shape, call={"attention_mask": booleans(2, 3, 5)}),
        layer(name, QUERY, VALUE, **shape, call={"return_attention_scores": True}),
        *headed(name, QUERY, VALUE, **shape, call=masks),
        *headed(name, QUERY, VALUE, KEY, **shape, call={"key_mask": prefix_mask(2, 5)}),
        *headed(name, SELF, SELF, use_gate=True, **shape),
        *headed(name, SELF, SELF, sliding_window=2, **shape),
    ]


BATCHES = normal(2, 2, 3, 4)  # two axes besides heads and features

CASES = [
    *dot_and_additive("Attention"),
    layer("Attention", [QUERY, VALUE], score_mode="concat"),
    layer("Attention", [QUERY, VALUE], score_mode="concat", use_scale=True),
    *dot_and_additive("AdditiveAttention"),
    *heads("MultiHeadAttention", num_heads=2, key_dim=3),
    layer(
        "MultiHeadAttention",
        QUERY,
        VALUE,
        num_heads=2,
        key_dim=3,
        value_dim=2,
        call={"return_attention_scores": True},  # without it, Keras on JAX wants equal dims
    ),
    *headed("MultiHeadAttention", QUERY, VALUE, num_heads=1, key_dim=2, output_shape=3),
    *[
        layer("MultiHeadAttention", BATCHES, BATCHES, num_heads=2, key_dim=2, attention_axes=axes)
        for axes in ((1, 2), 2)
    ],
    *heads("GroupQueryAttention", head_dim=3, num_query_heads=4, num_key_value_heads=2),
    *headed(
        "GroupQueryAttention", SELF, SELF, head_dim=2, num_query_heads=3, num_key_value_heads=1
    ),
    *headed(
        "GroupQueryAttention",
        QUERY,
        VALUE,
        head_dim=2,
        num_query_heads=3,
        num_key_value_heads=1,
        call={"query_mask": values([[True] * 3] * 2, "bool")},  # what is masked: see `heads`
    ),
]
