"""Cases of the learning rate schedules: the rate at a list of steps."""

from tests.golden.cases.spec import Case

STEPS = (0, 1, 2, 3, 4, 5, 7, 10, 11, 16, 23, 40)


def schedule(name: str, **kwargs) -> Case:
    return Case(f"optimizers.schedules.{name}", kwargs, (STEPS,), {})


CASES = [
    schedule("ExponentialDecay", initial_learning_rate=0.1, decay_steps=4, decay_rate=0.7),
    schedule(
        "ExponentialDecay", initial_learning_rate=0.1, decay_steps=4, decay_rate=0.7, staircase=True
    ),
    schedule("InverseTimeDecay", initial_learning_rate=0.1, decay_steps=4, decay_rate=0.5),
    schedule(
        "InverseTimeDecay", initial_learning_rate=0.1, decay_steps=4, decay_rate=0.5, staircase=True
    ),
    schedule("PiecewiseConstantDecay", boundaries=[2, 10], values=[0.3, 0.2, 0.05]),
    schedule("PolynomialDecay", initial_learning_rate=0.1, decay_steps=10),
    schedule(
        "PolynomialDecay",
        initial_learning_rate=0.1,
        decay_steps=10,
        end_learning_rate=0.02,
        power=2.0,
    ),
    schedule(
        "PolynomialDecay",
        initial_learning_rate=0.1,
        decay_steps=10,
        end_learning_rate=0.02,
        power=0.5,
        cycle=True,
    ),
    schedule("CosineDecay", initial_learning_rate=0.1, decay_steps=16),
    schedule(
        "CosineDecay",
        initial_learning_rate=0.01,
        decay_steps=16,
        alpha=0.1,
        warmup_target=0.2,
        warmup_steps=5,
    ),
    schedule("CosineDecayRestarts", initial_learning_rate=0.1, first_decay_steps=4),
    schedule(
        "CosineDecayRestarts",
        initial_learning_rate=0.1,
        first_decay_steps=4,
        t_mul=1.0,
        m_mul=0.8,
        alpha=0.1,
    ),
    schedule(
        "CosineDecayRestarts", initial_learning_rate=0.1, first_decay_steps=3, t_mul=1.5, m_mul=0.9
    ),
]
