"""What 16 bits lose: counted against NumPy, in words, as pictures, and where a training fails."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.inspect.precision import Loss, Row

layers = mg.layers


def classifier(policy, **settings):
    mg.utils.set_random_seed(3)
    before = mg.config.dtype_policy()
    mg.config.set_dtype_policy(policy)
    try:
        model = mg.Sequential(
            [
                mg.Input((64,)),
                layers.Dense(32, activation="relu", name="hidden"),
                layers.Dense(10, name="logits"),
            ],
            name="net",
        )
    finally:
        mg.config.set_dtype_policy(before)
    loss = mg.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = mg.optimizers.Adam(0.01, epsilon=1e-20)
    model.compile(optimizer, loss, metrics=["accuracy"], **settings)
    return model


def digits():
    (x, y), (x_test, y_test) = mg.datasets.digits.load_data()
    flat = [(images.reshape(len(images), -1) / 16).astype("float32") for images in (x, x_test)]
    return (flat[0], y), (flat[1], y_test)


def test_losses_are_counted_as_the_formats_define_them():
    values = np.float32([0, 1, 2.0**-20, 2.0**-24, 2.0**-26, 1e5, 3.4e38, np.nan])
    half, brain = Loss(values, "float16", 1.0), Loss(values, "bfloat16", 1.0)
    assert (half.zero, half.subnormal, half.overflow, half.nan) == (1 / 8, 2 / 8, 2 / 8, 1 / 8)
    assert (brain.zero, brain.subnormal, brain.overflow, brain.nan) == (0, 0, 1 / 8, 1 / 8)
    scaled = Loss(values, "float16", 2.0**10)
    assert (scaled.zero, scaled.subnormal, scaled.overflow) == (0, 1 / 8, 2 / 8)


def test_exponents_are_those_of_the_values():
    row = Row("w", "weight", np.float32([0.5, 0.75, -4, 0, np.inf]), 1.0)
    assert row.exponents == {-1: 2, 2: 1}


def test_dtype_flow_follows_the_policies():
    model = mg.Sequential(
        [
            mg.Input((4,)),
            layers.Dense(3, dtype="mixed_float16", name="a"),
            layers.Dense(3, dtype="mixed_float16", name="b"),
            layers.Dense(2, dtype="float32", name="c"),
        ],
        name="net",
    )
    flow = mg.inspect.dtype_flow(model)
    assert flow.rows == [
        ("net/a", "float32", "float16", "float32", "float16"),
        ("net/b", "float16", "float16", "float32", "float16"),
        ("net/c", "float16", "float32", "float32", "float32"),
    ]
    assert "float32 ↓" in flow.text()
    assert "float16 ↑" in flow.text()
    assert "<img" in flow._repr_html_()


def test_dtype_flow_passes_inputs_as_the_model_takes_them():
    wide, narrow = mg.Input((4,), name="wide"), mg.Input((2,), name="narrow")
    joined = layers.Concatenate(name="join")([narrow, layers.Dense(3, name="a")(wide)])
    model = mg.Model({"wide": wide, "narrow": narrow}, joined, name="net")
    assert [row[0] for row in mg.inspect.dtype_flow(model).rows] == ["a", "join"]


def test_the_report_leaves_the_model_as_it_was():
    model = classifier("mixed_float16")
    (x, y), _ = digits()
    before = [w.numpy().tobytes() for w in model.weights]
    report = mg.inspect.precision_report(model, (x[:32], y[:32]))
    assert [w.numpy().tobytes() for w in model.weights] == before
    assert [layer.dtype_policy.name for layer in model.layers] == ["mixed_float16"] * 2
    assert not [layer for layer in model.layers if "call" in vars(layer)]
    assert [(row.name, row.kind) for row in report.rows] == [
        ("net/hidden/kernel", "weight"),
        ("net/hidden/bias", "weight"),
        ("net/logits/kernel", "weight"),
        ("net/logits/bias", "weight"),
        ("net/hidden", "output"),
        ("net/logits", "output"),
    ]
    assert report.scale == 2.0**15
    assert "<img" in report._repr_html_()


def test_without_loss_or_labels_it_says_what_is_missing():
    with pytest.raises(ValueError, match="compiled with a loss"):
        mg.inspect.precision_report(mg.Sequential([layers.Dense(1)]), (np.ones((1, 1)), 1))
    with pytest.raises(ValueError, match="must be \\(x, y\\)"):
        mg.inspect.precision_report(classifier("float32"), np.ones((2, 64)))


def test_float16_fails_without_loss_scaling_and_the_report_says_why():
    (x, y), _ = digits()
    small = {"loss_weights": [1e-7]}  # as a loss averaged over very many things

    def accuracy(policy, **settings):
        model = classifier(policy, **small, **settings)
        history = model.fit(x, y, batch_size=64, epochs=3, verbose=0)
        return model, history.history["accuracy"][-1]

    assert accuracy("float32")[1] > 0.9
    assert accuracy("mixed_float16")[1] > 0.9  # scales by itself
    model, failed = accuracy("mixed_float16", auto_scale_loss=False)
    assert failed < 0.5
    report = mg.inspect.precision_report(model, (x[:64], y[:64]))
    lost = {row.name: row.losses["float16", "plain"].zero for row in report.rows}
    saved = {row.name: row.losses["float16", "scaled"].zero for row in report.rows}
    assert lost["net/logits"] > 0.5 > 0.1 > saved["net/logits"]
    assert any("float16, without loss scale" in one for one in report.findings)
    assert not any("bfloat16, without" in one for one in report.findings)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_digits_are_learnt_as_well_in_16_bits(policy):
    """To two hundredths of the accuracy that float32 reaches."""
    train, test = digits()

    def accuracy(policy):
        model = classifier(policy)
        model.fit(*train, batch_size=64, epochs=6, verbose=0)
        return model.evaluate(*test, verbose=0)[1]

    assert accuracy(policy) > accuracy("float32") - 0.02
