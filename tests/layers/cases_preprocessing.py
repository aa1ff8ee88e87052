"""Layers that prepare features, texts and images."""

from tests.layers.cases import Case

CASES = [
    Case("Normalization", (3, 4), mean=[0.0, 1.0, 2.0, 3.0], variance=[1.0, 2.0, 3.0, 4.0]),
    Case("Normalization", (3, 4), axis=None, invert=True),
    Case("CategoryEncoding", (3, 2), draw=4, num_tokens=4),
    Case("CategoryEncoding", (3, 1), draw=4, num_tokens=4, output_mode="one_hot"),
    Case("Discretization", (3, 2), bin_boundaries=[-0.5, 0.5], output_mode="one_hot"),
    Case("Hashing", (3, 2), draw=9, num_bins=4, output_mode="count"),
    Case("IntegerLookup", (3, 2), draw=5, vocabulary=[1, 2, 3]),
    Case("IntegerLookup", (3, 2), draw=5, vocabulary=[1, 2, 3], output_mode="multi_hot"),
]
