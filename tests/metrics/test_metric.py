"""What all metrics share: state, weights, configs, names, stateless calls."""

import copy
import pickle

import numpy as np
import pytest

import minigrad as mg
from minigrad import Tensor, metrics, ops
from minigrad.masking import set_keras_mask
from tests.replaying import Replayed

RNG = np.random.default_rng(0)
LABELS = np.array([0, 2, 1, 1, 2, 0], "int32")
ONE_HOT = np.eye(3, dtype="float32")[LABELS]
PROBABILITIES = RNG.dirichlet(np.ones(3), 6).astype("float32")
BITS = np.array([0, 1, 1, 0, 1, 0], "float32")
CHANCES = RNG.uniform(0.05, 0.95, 6).astype("float32")
NUMBERS = RNG.normal(size=(6, 2)).astype("float32")

VALUES = {"values": (NUMBERS,)}
PAIRS = {"numbers": (NUMBERS, NUMBERS[::-1].copy())}
CHOICES = {"one-hot": (ONE_HOT, PROBABILITIES)}
INDICES = {"labels": (LABELS, PROBABILITIES)}
EVENTS = {"events": (BITS, CHANCES)}

# class: (what it is made with, one batch)
CASES = {
    "Mean": ({}, VALUES),
    "Sum": ({}, VALUES),
    "MeanMetricWrapper": ({"fn": mg.losses.mean_squared_error}, PAIRS),
    "Accuracy": ({}, {"labels": (LABELS, LABELS[::-1].copy())}),
    "BinaryAccuracy": ({"threshold": 0.4}, EVENTS),
    "CategoricalAccuracy": ({}, CHOICES),
    "SparseCategoricalAccuracy": ({}, INDICES),
    "TopKCategoricalAccuracy": ({"k": 2}, CHOICES),
    "SparseTopKCategoricalAccuracy": ({"k": 2}, INDICES),
    "MeanSquaredError": ({}, PAIRS),
    "RootMeanSquaredError": ({}, PAIRS),
    "MeanAbsoluteError": ({}, PAIRS),
    "MeanAbsolutePercentageError": ({}, PAIRS),
    "MeanSquaredLogarithmicError": ({}, PAIRS),
    "LogCoshError": ({}, PAIRS),
    "CosineSimilarity": ({"axis": 0}, PAIRS),
    "R2Score": ({"class_aggregation": None}, PAIRS),
    "PearsonCorrelation": ({"axis": 0}, PAIRS),
    "ConcordanceCorrelation": ({}, PAIRS),
    "Hinge": ({}, PAIRS),
    "SquaredHinge": ({}, PAIRS),
    "CategoricalHinge": ({}, CHOICES),
    "KLDivergence": ({}, CHOICES),
    "Poisson": ({}, PAIRS),
    "BinaryCrossentropy": ({"label_smoothing": 0.1}, EVENTS),
    "CategoricalCrossentropy": ({"label_smoothing": 0.1}, CHOICES),
    "SparseCategoricalCrossentropy": ({"ignore_class": 1}, INDICES),
    "TruePositives": ({"thresholds": [0.3, 0.6]}, EVENTS),
    "TrueNegatives": ({}, EVENTS),
    "FalsePositives": ({"thresholds": 0.3}, EVENTS),
    "FalseNegatives": ({}, EVENTS),
    "Precision": ({"thresholds": [0.3, 0.6]}, EVENTS),
    "Recall": ({"top_k": 2, "class_id": 1}, CHOICES),
    "SensitivityAtSpecificity": ({"specificity": 0.5, "num_thresholds": 7}, EVENTS),
    "SpecificityAtSensitivity": ({"sensitivity": 0.5}, EVENTS),
    "PrecisionAtRecall": ({"recall": 0.5}, EVENTS),
    "RecallAtPrecision": ({"precision": 0.5}, EVENTS),
    "AUC": ({"curve": "PR", "thresholds": [0.2, 0.7], "label_weights": [1.0, 2.0, 3.0]}, CHOICES),
    "F1Score": ({"average": "weighted"}, CHOICES),
    "FBetaScore": ({"beta": 2.0, "threshold": 0.4}, CHOICES),
    "IoU": ({"num_classes": 3, "target_class_ids": [0, 2]}, {"l": (LABELS, LABELS[::-1].copy())}),
    "MeanIoU": ({"num_classes": 3, "ignore_class": 1}, {"l": (LABELS, LABELS[::-1].copy())}),
    "BinaryIoU": ({"target_class_ids": [1], "threshold": 0.4}, EVENTS),
    "OneHotIoU": ({"num_classes": 3, "target_class_ids": [0]}, CHOICES),
    "OneHotMeanIoU": ({"num_classes": 3}, CHOICES),
}


def make(name):
    return getattr(metrics, name)(**CASES[name][0])


def batch(name):
    (arrays,) = CASES[name][1].values()
    return arrays


def test_every_metric_class_is_in_the_table():
    public = {
        name
        for name, value in vars(metrics).items()
        if isinstance(value, type) and issubclass(value, metrics.Metric)
    }
    assert public - {"Metric"} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_configs_survive_a_round_trip(name):
    metric = make(name)
    config = metrics.serialize(metric)
    assert config["module"] == "keras.metrics" and config["class_name"] == name
    again = metrics.deserialize(config)
    assert type(again) is type(metric) and again.get_config() == metric.get_config()
    for argument, value in CASES[name][0].items():
        assert argument == "fn" or config["config"][argument] == value


ALONG_THE_BATCH = ("CosineSimilarity", "PearsonCorrelation")  # their `axis` here is that of samples


@pytest.mark.parametrize("name", [name for name in CASES if name not in ALONG_THE_BATCH])
def test_two_batches_count_like_both_together(name):
    both, apart = make(name), make(name)
    both.update_state(*(np.concatenate([x, x]) for x in batch(name)))
    apart.update_state(*batch(name))
    apart.update_state(*batch(name))
    np.testing.assert_allclose(both.result().numpy(), apart.result().numpy(), rtol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_reset_leaves_nothing_behind(name):
    metric = make(name)
    first = metric(*batch(name)).numpy()
    metric.reset_state()
    for variable in metric.variables:
        assert not variable.numpy().any()
    np.testing.assert_array_equal(metric(*batch(name)).numpy(), first)


@pytest.mark.parametrize("name", CASES)
def test_stateless_calls_say_what_the_variables_would_hold(name):
    metric, stateful = make(name), make(name)
    for one in (metric, stateful):
        one.update_state(*batch(name))
    before = [v.numpy() for v in metric.variables]
    state = metric.stateless_update_state(metric.variables, *batch(name))
    result = metric.stateless_result(state)
    stateful.update_state(*batch(name))
    for value, variable in zip(state, stateful.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(value), variable.numpy())
    np.testing.assert_array_equal(result.numpy(), stateful.result().numpy())
    for variable, value in zip(metric.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    assert not any(np.asarray(value).any() for value in metric.stateless_reset_state())


@pytest.mark.parametrize("name", CASES)
def test_a_recorded_update_holds_for_other_data(name):
    metric, expected = make(name), make(name)
    for one in (metric, expected):  # what is made at the first batch is there
        one.update_state(*batch(name))
    update = Replayed(metric.update_state)
    for _ in range(2):
        order = RNG.permutation(6)
        tensors = [Tensor(x[order] if i == 0 else x) for i, x in enumerate(batch(name))]
        update(*tensors)
        expected.update_state(*tensors)
    np.testing.assert_allclose(metric.result().numpy(), expected.result().numpy(), rtol=1e-6)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@pytest.mark.parametrize("name", ["Mean", "AUC", "F1Score", "Precision"])
def test_copies_have_a_state_of_their_own(name, copied):
    metric = make(name)
    metric.update_state(*batch(name))
    other = copied(metric)
    np.testing.assert_array_equal(other.result().numpy(), metric.result().numpy())
    other.reset_state()
    assert metric.variables[0].numpy().any()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "mixed_float16"])
@pytest.mark.parametrize("name", ["Mean", "MeanSquaredError", "F1Score", "RootMeanSquaredError"])
def test_dtypes(name, dtype):
    metric = getattr(metrics, name)(dtype=dtype, **CASES[name][0])
    expected = "float16" if dtype == "mixed_float16" else dtype
    assert metric.dtype == expected and metric(*batch(name)).dtype == expected


@pytest.mark.parametrize(
    ("name", "direction"), [("MeanSquaredError", "down"), ("AUC", "up"), ("Mean", None)]
)
def test_metrics_say_which_way_is_better(name, direction):
    assert getattr(make(name), "_direction", None) == direction


def test_names():
    for name, cls in (
        ("mse", "MeanSquaredError"),
        ("AUC", "AUC"),
        ("top_k_categorical_accuracy",) * 2,
    ):
        found = metrics.get(name)
        assert type(found).__name__.lower() == cls.replace("_", "").lower()
    assert type(metrics.get(metrics.Mean)) is metrics.Mean
    assert metrics.get(None) is None
    assert metrics.hinge is mg.losses.hinge and metrics.huber is mg.losses.huber
    with pytest.raises(ValueError, match="Could not interpret metric identifier: typo"):
        metrics.get("typo")


class Largest(metrics.Metric):
    """A metric as a user writes one, with state in lists and dicts and a metric inside."""

    def __init__(self, floor=0.0, **kwargs):
        super().__init__(**kwargs)
        self.floor = floor
        self.top = self.add_variable((), "zeros", name="top")
        self.more = {"counts": [mg.Variable(0.0), mg.Variable(0)]}
        self.mean = metrics.Mean()

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.top.assign(ops.maximum(self.top, ops.max(y_pred)))
        self.more["counts"][1].assign_add(1)
        self.mean.update_state(y_pred)

    def result(self):
        return {"top": ops.maximum(self.top, self.floor), "mean": self.mean.result()}


def test_variables_are_found_in_structures_and_in_other_metrics():
    metric = Largest(floor=2.0)
    assert [v.shape for v in metric.variables] == [()] * 5
    result = metric(None, [1.0, 3.0])
    assert float(result["top"]) == 3.0 and float(result["mean"]) == 2.0
    assert int(metric.variables[2]) == 1
    metric.reset_state()
    assert not any(v.numpy().any() for v in metric.variables)
    assert metric.get_config() == {"floor": 2.0, "name": "largest", "dtype": "float32"}


def test_a_variable_has_the_name_of_its_metric_before_its_own():
    assert metrics.Mean(name="loss/a").variables[0].path == "loss>a/total"


def test_masks_weigh_out():
    y_pred = Tensor([[1.0], [2.0], [5.0]])
    set_keras_mask(y_pred, Tensor([True, True, False]))
    metric = metrics.MeanAbsoluteError()
    metric.update_state(np.zeros((3, 1)), y_pred)
    assert float(metric.result()) == 1.5
    metric.update_state(np.zeros((3, 1)), y_pred, sample_weight=[0.0, 1.0, 1.0])
    assert float(metric.result()) == pytest.approx((1 + 2 + 2) / 3)


def test_errors():
    class Forgetful(metrics.Metric):
        def __init__(self):
            pass

    with pytest.raises(RuntimeError, match="super"):
        Forgetful().add_variable((), "zeros")
    with pytest.raises(NotImplementedError, match="update_state"):
        metrics.Metric()(1)
    with pytest.raises(ValueError, match=r"1:1.*list with length 1, but expected 2"):
        metrics.Mean().stateless_update_state([0.0], 1.0)
    with pytest.raises(ValueError, match=r"1:1.*list with length 1, but expected 2"):
        metrics.Mean().stateless_result([0.0])
