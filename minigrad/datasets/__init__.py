"""Data sets as NumPy arrays: small real ones in the wheel, generated ones, the classic downloads.

A module's `load_data()` returns `(x_train, y_train), (x_test, y_test)`; a generator `(x, y)`.
"""

from minigrad.datasets import (
    alice,
    authors,
    cifar10,
    digits,
    fashion_mnist,
    iris,
    mnist,
    penguins,
)
from minigrad.datasets.generators import circles, moons, regression, spirals, xor

__all__ = [
    "alice",
    "authors",
    "cifar10",
    "circles",
    "digits",
    "fashion_mnist",
    "iris",
    "mnist",
    "moons",
    "penguins",
    "regression",
    "spirals",
    "xor",
]
