"""Gradient cases of random numbers that move with the parameters of their distribution."""

import numpy as np

from minigrad import random
from tests.gradient_cases import case

ALPHA, BETA = np.array([0.4, 2.5, 9.0]), np.array([1.2, 0.7, 3.0])

# The implicit gradient is not that of the sampler, which decides by the parameters whom it
# rejects; tests/random/test_implicit_gradients.py checks it in distribution.
CASES = [
    case("normal", lambda m, s: random.normal((2, 3), m, s, "float64", 1), ALPHA, BETA),
    case("uniform", lambda a, b: random.uniform((2, 3), a, b, "float64", 1), -ALPHA, BETA),
    case("dropout", lambda x: random.dropout(x, 0.4, seed=1), ALPHA),
    case("shuffle", lambda x: random.shuffle(x, seed=1), ALPHA),
    case(
        "gamma",
        lambda a: random.gamma((2, 3), a, "float64", 1),
        ALPHA,
        differences=False,
    ),
    case(
        "beta",
        lambda a, b: random.beta((2, 3), a, b, "float64", 1),
        *(ALPHA, BETA),
        differences=False,
    ),
]
