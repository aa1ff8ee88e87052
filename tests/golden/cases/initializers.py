"""Cases of the initializers: values, or the moments of a large sample of the random ones."""

from tests.golden.cases.spec import SINGLE, Case


def exact(name: str, *shape: int, **kwargs) -> Case:
    return Case(f"initializers.{name}", kwargs, (shape,), {})


def moments(name: str, *shape: int, **kwargs) -> Case:
    """Agree within 4 % of the standard deviation: five standard errors of some 20,000 numbers."""
    settings = {"moments": True, "bounded": name not in ("RandomNormal", "Orthogonal")}
    return Case(f"initializers.{name}", {**kwargs, "seed": 1}, (shape,), settings, 4e3, SINGLE)


FAMILY = "GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal LecunUniform".split()
SHAPES = ((200, 150), (3, 3, 40, 60), (20000,), (2, 40, 300))

CASES = [
    exact("Zeros", 2, 3),
    exact("Ones", 2, 3),
    exact("Constant", 2, 3, value=0.3),
    exact("Constant", 2, 3),
    exact("Identity", 3, 3),
    exact("Identity", 3, 4, gain=0.5),
    *[
        exact("STFT", 5, 1, 6, side=side, **kwargs)
        for side in ("real", "imag")
        for kwargs in (
            {"window": "hann", "scaling": "density"},
            {"window": "hamming", "scaling": "spectrum", "periodic": True},
            {"window": None, "scaling": None},
        )
    ],
    *[moments(name, *shape) for name in FAMILY for shape in SHAPES],
    moments("RandomNormal", 200, 150, mean=0.5, stddev=0.2),
    moments("RandomNormal", 200, 150),
    moments("RandomUniform", 200, 150, minval=-0.1, maxval=0.3),
    moments("RandomUniform", 200, 150),
    moments("TruncatedNormal", 200, 150, mean=0.5, stddev=0.2),
    moments("TruncatedNormal", 200, 150),
    *[
        moments("VarianceScaling", 100, 250, scale=2.0, mode=mode, distribution=distribution)
        for mode in ("fan_in", "fan_out", "fan_avg")
        for distribution in ("truncated_normal", "uniform")
    ],
    moments("Orthogonal", 150, 150),
    Case("initializers.Orthogonal", {"seed": 1}, ((6, 4),), {"gram": True}),
    Case("initializers.Orthogonal", {"gain": 2.0, "seed": 1}, ((4, 6),), {"gram": True}),
    Case("initializers.Orthogonal", {"gain": 0.5, "seed": 1}, ((3, 2, 4),), {"gram": True}),
]
