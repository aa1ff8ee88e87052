"""Attention, and dense layers over any axes."""

from tests.layers.cases import Case

TWO = [(2, 3, 4), (2, 5, 4)]
MANY = {"num_heads": 2, "key_dim": 3, "separate": True}
GROUPS = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, "separate": True}


CASES = [
    Case("Attention", TWO),
    Case("Attention", TWO, use_scale=True, call={"use_causal_mask": True}),
    Case("Attention", [(2, 3, 4), (2, 5, 6), (2, 5, 4)], score_mode="concat"),
    Case("Attention", TWO, dropout=0.5, call={"training": True}, random=True),
    Case("AdditiveAttention", TWO, call={"return_attention_scores": True}),
    Case("AdditiveAttention", TWO, use_scale=False),
    Case("EinsumDense", (2, 5, 4), equation="abc,cd->abd", output_shape=(None, 3), bias_axes="d"),
    Case("EinsumDense", (2, 5, 4), equation="...x,xy->...y", output_shape=3, activation="relu"),
    Case("EinsumDense", (2, 5, 4), equation="ab...,bd->ad...", output_shape=6, bias_axes="d"),
    Case("MultiHeadAttention", TWO, **MANY),
    Case("MultiHeadAttention", TWO, call={"use_causal_mask": True}, **MANY),
    Case("MultiHeadAttention", TWO, call={"return_attention_scores": True}, **MANY),
    Case("MultiHeadAttention", TWO, value_dim=5, output_shape=(3, 2), use_gate=True, **MANY),
    Case("MultiHeadAttention", TWO, sliding_window=2, use_bias=False, **MANY),
    Case("MultiHeadAttention", [(2, 3, 2, 4), (2, 3, 5, 4)], attention_axes=2, **MANY),
    Case("MultiHeadAttention", TWO, dropout=0.5, call={"training": True}, random=True, **MANY),
    Case("GroupedQueryAttention", TWO, **GROUPS),
    Case("GroupedQueryAttention", TWO, use_gate=True, **GROUPS),
    Case("GroupedQueryAttention", TWO, call={"return_attention_scores": True}, **GROUPS),
    Case("ReversibleEmbedding", (2, 3), draw=7, input_dim=7, output_dim=4),
    Case(
        "ReversibleEmbedding",
        (2, 3, 4),
        input_dim=7,
        output_dim=4,
        tie_weights=False,
        logit_soft_cap=2.0,
        call={"reverse": True},
    ),
]
