"""Data sets as NumPy arrays: small real ones in the wheel, generated ones, the classic downloads.

A module's `load_data()` returns `(x_train, y_train), (x_test, y_test)`; a generator `(x, y)`.
"""

from minigrad.datasets import (
    alice,
    authors,
    boston_housing,
    california_housing,
    cifar10,
    cifar100,
    digits,
    fashion_mnist,
    imdb,
    iris,
    mnist,
    penguins,
    reuters,
)
from minigrad.datasets.generators import circles, moons, regression, spirals, xor

__all__ = [
    "alice",
    "authors",
    "boston_housing",
    "california_housing",
    "cifar10",
    "cifar100",
    "circles",
    "digits",
    "fashion_mnist",
    "imdb",
    "iris",
    "mnist",
    "moons",
    "penguins",
    "regression",
    "reuters",
    "spirals",
    "xor",
]
