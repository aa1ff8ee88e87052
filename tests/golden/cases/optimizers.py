"""Cases of the optimizers: weights after each of six steps on fixed gradients, and the state."""

from tests.golden.cases.spec import BOTH, SINGLE, Case, make, normal, positive

WEIGHTS = {"kernel": normal(3, 2), "bias": normal(2), "scale": positive(1)}
SQUARE = {"kernel": normal(3, 3), "bias": normal(3)}


# In float32, 1 - 0.999 ** step is good to five digits only, and the first steps are divided by it.
ROUGH = ("Adam", "AdamW", "Nadam", "Lamb", "ScheduleFreeAdamW")


def optimizer(name: str, weights=WEIGHTS, steps: int = 6, call=None, slack=1.0, **kwargs) -> Case:
    """An optimizer made with `kwargs` that takes `steps` steps on `weights`."""
    settings = {"weights": weights, "steps": steps, **(call or {})}
    kwargs = {"learning_rate": 0.1, **kwargs}
    return Case(f"optimizers.{name}", kwargs, (), settings, 4 * slack if name in ROUGH else slack)


def wrapper(name: str, spikes: dict | None = None, **kwargs) -> Case:
    """An optimizer made of others; the first gradient of the steps in `spikes` is that value."""
    settings = {"weights": WEIGHTS, "steps": 6} | ({"spikes": spikes} if spikes else {})
    dtypes = SINGLE if name == "LossScaleOptimizer" else BOTH  # the scale is float32 always
    return Case(f"optimizers.{name}", kwargs, (), settings, 4.0, dtypes)


# What the base class offers, tried on two optimizers of different build.
SHARED = [
    {"weight_decay": 0.05},
    {"clipnorm": 0.5},
    {"clipvalue": 0.3},
    {"global_clipnorm": 0.7},
    {"use_ema": True, "ema_momentum": 0.8},
    {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2},
    {"gradient_accumulation_steps": 3},
    {"gradient_accumulation_steps": 2, "clipnorm": 0.5, "use_ema": True, "ema_momentum": 0.6},
    {"loss_scale_factor": 4.0},
]

SCHEDULES = [
    make(
        "optimizers.schedules.ExponentialDecay",
        initial_learning_rate=0.2,
        decay_steps=2,
        decay_rate=0.5,
    ),
    make("optimizers.schedules.PiecewiseConstantDecay", boundaries=[1, 3], values=[0.3, 0.2, 0.1]),
    make(
        "optimizers.schedules.CosineDecay",
        initial_learning_rate=0.0,
        decay_steps=3,
        warmup_target=0.3,
        warmup_steps=2,
    ),
]

CASES = [
    optimizer("SGD"),
    optimizer("SGD", momentum=0.9),
    optimizer("SGD", momentum=0.9, nesterov=True),
    optimizer("SGD", learning_rate=0.01),
    optimizer("RMSprop"),
    optimizer("RMSprop", rho=0.7, momentum=0.5),
    optimizer("RMSprop", centered=True),
    optimizer("RMSprop", centered=True, momentum=0.8, epsilon=1e-3),
    optimizer("Adam"),
    optimizer("Adam", beta_1=0.8, beta_2=0.95, epsilon=1e-3),
    optimizer("Adam", amsgrad=True),
    optimizer("Adam", learning_rate=0.001),
    optimizer("AdamW"),
    optimizer("AdamW", weight_decay=0.1, amsgrad=True),
    optimizer("AdamW", weight_decay=0.1, call={"exclude_from_weight_decay": ["bias"]}),
    *[optimizer(name, **kwargs) for name in ("SGD", "Adam") for kwargs in SHARED],
    optimizer(
        "SGD", momentum=0.9, weight_decay=0.1, call={"exclude_from_weight_decay": ["bias", "scale"]}
    ),
    *[optimizer(name, learning_rate=rate) for name in ("SGD", "AdamW") for rate in SCHEDULES],
    optimizer("Adagrad"),
    optimizer("Adagrad", initial_accumulator_value=0.5, epsilon=1e-3),
    optimizer("Adadelta", learning_rate=1.0),
    optimizer("Adadelta", learning_rate=0.5, rho=0.8, epsilon=1e-3),
    optimizer("Adamax"),
    optimizer("Adamax", beta_1=0.8, beta_2=0.9, weight_decay=0.02),
    optimizer("Nadam"),
    optimizer("Nadam", beta_1=0.8, epsilon=1e-3),
    optimizer("Ftrl"),
    optimizer("Ftrl", l1_regularization_strength=0.05, l2_regularization_strength=0.1),
    optimizer("Ftrl", l2_shrinkage_regularization_strength=0.1, beta=0.2, learning_rate_power=-0.6),
    optimizer("Lion", learning_rate=0.01),
    optimizer("Lion", learning_rate=0.01, beta_1=0.8, weight_decay=0.1),
    optimizer("Lamb"),
    optimizer("Lamb", weight_decay=0.05),
    optimizer("Adafactor"),
    optimizer(
        "Adafactor",
        weights={"kernel": normal(4, 3), "stack": normal(2, 3, 2)},
        relative_step=False,
        clip_threshold=0.8,
    ),
    optimizer("Muon", weights=SQUARE, slack=10.0),
    optimizer(
        "Muon",
        weights={"kernel": normal(4, 2), "bias": normal(2)},
        nesterov=False,
        weight_decay=0.05,
        slack=10.0,
    ),
    wrapper(
        "LossScaleOptimizer",
        inner_optimizer=make("optimizers.Adam", learning_rate=0.1),
        initial_scale=8.0,
        dynamic_growth_steps=2,
    ),
    wrapper(
        "LossScaleOptimizer",
        spikes={1: float("inf"), 4: float("nan")},
        inner_optimizer=make("optimizers.SGD", learning_rate=0.1, momentum=0.9),
        initial_scale=8.0,
        dynamic_growth_steps=2,
    ),
    wrapper(
        "MultiOptimizer",
        optimizer_map=make(
            "optimizers.OptimizerMap",
            default_optimizer=make("optimizers.SGD", learning_rate=0.1),
            optimizer_map={"bias": make("optimizers.Adam", learning_rate=0.05)},
        ),
    ),
    optimizer("ScheduleFreeAdamW"),
    optimizer("ScheduleFreeAdamW", warmup_steps=3, beta_1=0.8, weight_decay=0.02),
]
