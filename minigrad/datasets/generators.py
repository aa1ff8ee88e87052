"""Data made on the spot: shapes in the plane that a line cannot separate, and a curve to fit.

For a test set, call the same generator once more with another seed.
"""

import numpy as np

Sample = tuple[np.ndarray, np.ndarray]


def moons(samples: int = 1000, noise: float = 0.1, seed: int | None = 0) -> Sample:
    """Two half circles that reach into each other.

    Args:
        samples: the number of points, half of them in each class.
        noise: the standard deviation added to each coordinate.
        seed: of the generator; `None` takes a new one each time.

    Returns:
        Points `x` of shape (samples, 2), float32, and classes `y` of shape (samples,), int32.

    Example:

    >>> from minigrad.datasets import moons
    >>> x, y = moons(200, noise=0.05, seed=1)
    >>> x.shape, y.shape
    ((200, 2), (200,))
    """
    random, y = _start(samples, noise, 2, seed)
    angle = random.uniform(0, np.pi, samples)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    return _finish(random, np.where(y[:, None] == 0, upper, lower), y, noise)


def circles(
    samples: int = 1000, noise: float = 0.05, factor: float = 0.5, seed: int | None = 0
) -> Sample:
    """A circle of radius 1 (class 0) around one of radius `factor` (class 1).

    Args:
        samples: the number of points, half of them in each class.
        noise: the standard deviation added to each coordinate.
        factor: the radius of the inner circle, between 0 and 1.
        seed: of the generator; `None` takes a new one each time.

    Returns:
        Points `x` of shape (samples, 2), float32, and classes `y` of shape (samples,), int32.

    Example:

    >>> from minigrad.datasets import circles
    >>> x, y = circles(4, noise=0)
    >>> sorted((x**2).sum(axis=1).round(2).tolist())
    [0.25, 0.25, 1.0, 1.0]
    """
    if not 0 < factor < 1:
        raise ValueError(
            "`factor` is the inner radius over the outer one: between 0 and 1. "
            f"Received: factor={factor!r}"
        )
    random, y = _start(samples, noise, 2, seed)
    angle = random.uniform(0, 2 * np.pi, samples)
    radius = np.where(y == 0, 1.0, factor)
    return _finish(random, _polar(radius, angle), y, noise)


def spirals(
    samples: int = 1000,
    noise: float = 0.03,
    classes: int = 2,
    turns: float = 1.25,
    seed: int | None = 0,
) -> Sample:
    """Arms that wind around the origin, one for each class.

    Args:
        samples: the number of points, as many in each class as the division allows.
        noise: the standard deviation added to each coordinate; the arms end at radius 1.
        classes: the number of arms.
        turns: how often an arm winds around the origin.
        seed: of the generator; `None` takes a new one each time.

    Returns:
        Points `x` of shape (samples, 2), float32, and classes `y` of shape (samples,), int32.

    Example:

    >>> from minigrad.datasets import spirals
    >>> x, y = spirals(300, classes=3)
    >>> [int((y == arm).sum()) for arm in range(3)]
    [100, 100, 100]
    """
    random, y = _start(samples, noise, classes, seed)
    # The square root spreads the points evenly along the arm, which gets longer outwards.
    radius = np.sqrt(random.uniform(0.01, 1, samples))
    angle = 2 * np.pi * (turns * radius + y / classes)
    return _finish(random, _polar(radius, angle), y, noise)


def xor(samples: int = 1000, noise: float = 0.0, seed: int | None = 0) -> Sample:
    """The square [-1, 1]², where a point's class tells whether its coordinates differ in sign.

    Args:
        samples: the number of points.
        noise: the standard deviation added to each coordinate after the class is fixed.
        seed: of the generator; `None` takes a new one each time.

    Returns:
        Points `x` of shape (samples, 2), float32, and classes `y` of shape (samples,), int32.

    Example:

    >>> from minigrad.datasets import xor
    >>> x, y = xor(100)
    >>> bool(((x[:, 0] * x[:, 1] < 0) == y).all())
    True
    """
    random, _ = _start(samples, noise, 2, seed)
    x = random.uniform(-1, 1, (samples, 2))
    return _finish(random, x, (x[:, 0] * x[:, 1] < 0).astype(np.int32), noise)


def regression(samples: int = 200, noise: float = 0.1, seed: int | None = 0) -> Sample:
    """The curve y = sin(3x) + x/2 on [-2, 2], with noise: the smallest curve worth a hidden layer.

    Args:
        samples: the number of points.
        noise: the standard deviation added to `y`.
        seed: of the generator; `None` takes a new one each time.

    Returns:
        Inputs `x` and targets `y`, both of shape (samples, 1), float32.

    Example:

    >>> import numpy as np
    >>> from minigrad.datasets import regression
    >>> x, y = regression(50, noise=0)
    >>> bool(np.allclose(y, np.sin(3 * x) + x / 2, atol=1e-6))
    True
    """
    random, _ = _start(samples, noise, 2, seed)
    x = random.uniform(-2, 2, (samples, 1))
    y = np.sin(3 * x) + x / 2 + random.normal(0, 1, x.shape) * noise
    return x.astype(np.float32), y.astype(np.float32)


def _start(
    samples: int, noise: float, classes: int, seed
) -> tuple[np.random.Generator, np.ndarray]:
    """Check what all generators take; a random generator, and the classes in mixed order."""
    if not (isinstance(samples, (int, np.integer)) and samples > 0):
        raise ValueError(
            f"`samples` is how many points to make: a positive int. Received: samples={samples!r}"
        )
    if not noise >= 0:
        raise ValueError(
            f"`noise` is a standard deviation and cannot be negative. Received: noise={noise!r}"
        )
    if not (isinstance(classes, (int, np.integer)) and classes > 0):
        raise ValueError(f"`classes` must be a positive int. Received: classes={classes!r}")
    random = np.random.default_rng(seed)
    return random, random.permutation(np.arange(samples) % classes).astype(np.int32)


def _polar(radius: np.ndarray, angle: np.ndarray) -> np.ndarray:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _finish(random: np.random.Generator, x: np.ndarray, y: np.ndarray, noise: float) -> Sample:
    return (x + random.normal(0, 1, x.shape) * noise).astype(np.float32), y
