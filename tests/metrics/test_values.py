"""Metrics against their definitions in NumPy, counted by hand where that is possible."""

import numpy as np
import pytest

from minigrad import metrics, ops
from minigrad.metrics.confusion import are_even, confusion_counts, even_thresholds

RNG = np.random.default_rng(0)
Y = RNG.integers(0, 2, (50, 3)).astype("float32")
P = RNG.uniform(size=(50, 3)).astype("float32")
W = RNG.uniform(size=(50,)).astype("float32")


def counted(y, p, thresholds, weights, axis=None):
    """TP, FP, TN, FN by their definition: positive is what is above the threshold."""
    result = []
    for label, above in ((1, True), (0, True), (0, False), (1, False)):
        result.append(
            [np.sum(weights * (y == label) * ((p > t) == above), axis=axis) for t in thresholds]
        )
    return np.array(result)


@pytest.mark.parametrize("thresholds", [[0.5], [0.1, 0.7, 0.2], even_thresholds(11)], ids=len)
@pytest.mark.parametrize("by_label", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_confusion_counts(thresholds, by_label, weighted):
    weights = W[:, None] if weighted else np.ones((50, 1))
    counts = confusion_counts(
        Y, P, thresholds, sample_weight=W if weighted else None, by_label=by_label
    )
    expected = counted(Y, P, thresholds, weights, axis=0 if by_label else None)
    np.testing.assert_allclose([x.numpy() for x in counts], expected, rtol=1e-5, atol=1e-5)


def test_label_weights_and_one_class_alone():
    weights = np.array([1.0, 0.0, 2.0])
    counts = confusion_counts(Y, P, [0.4], label_weights=weights)
    np.testing.assert_allclose(
        [x.numpy() for x in counts], counted(Y, P, [0.4], weights), rtol=1e-5
    )
    counts = confusion_counts(Y, P, [0.4], class_id=2)
    np.testing.assert_allclose(
        [x.numpy() for x in counts], counted(Y[:, 2], P[:, 2], [0.4], 1.0), rtol=1e-5
    )
    with pytest.raises(ValueError, match=r"class_id.*2D"):
        confusion_counts(Y[:, 0], P[:, 0], [0.4], class_id=0)


def test_only_the_top_k_are_positive():
    metric = metrics.Precision(top_k=2)
    metric.update_state([[0, 0, 1, 1, 1]], [[0.2, 0.1, 0.5, 0.05, 0.2]])
    assert float(metric.result()) == 0.5
    both = metrics.Precision(top_k=2, thresholds=0.3)
    both.update_state([[0, 0, 1, 1, 1]], [[0.2, 0.1, 0.5, 0.05, 0.2]])
    assert float(both.result()) == 1.0


def test_even_thresholds_are_known_for_what_they_are():
    assert are_even([0.0, 0.5, 1.0]) and are_even(even_thresholds(200))
    assert not are_even([0.0, 0.4, 1.0]) and not are_even([0.5]) and not are_even([0.0, 1.0])


def test_precision_and_recall():
    tp, fp, _, fn = counted(Y, P, [0.3, 0.6], W[:, None])
    for metric, expected in (
        (metrics.Precision(thresholds=[0.3, 0.6]), tp / (tp + fp)),
        (metrics.Recall(thresholds=[0.3, 0.6]), tp / (tp + fn)),
    ):
        metric.update_state(Y, P, W)
        np.testing.assert_allclose(metric.result().numpy(), expected, rtol=1e-5)


@pytest.mark.parametrize("cls", [metrics.Precision, metrics.Recall])
def test_none_at_all_is_zero(cls):
    assert float(cls()([0, 0], [0.1, 0.2])) == 0.0


def roc_area(y, p):
    """The share of pairs of a positive and a negative that are in the right order."""
    positive, negative = p[y == 1], p[y == 0]
    return np.mean(positive[:, None] > negative[None, :])


def test_the_area_under_the_roc_curve_is_the_share_of_pairs_in_order():
    y, p = Y[:, 0], P[:, 0]
    assert float(metrics.AUC(num_thresholds=5000)(y, p)) == pytest.approx(roc_area(y, p), abs=1e-3)


def test_labels_have_curves_of_their_own():
    areas = [roc_area(Y[:, i], P[:, i]) for i in range(3)]
    plain = metrics.AUC(num_thresholds=5000, multi_label=True)
    assert float(plain(Y, P)) == pytest.approx(np.mean(areas), abs=1e-3)
    weighted = metrics.AUC(
        num_thresholds=5000, multi_label=True, num_labels=3, label_weights=[1.0, 2.0, 1.0]
    )
    assert float(weighted(Y, P)) == pytest.approx(np.dot(areas, [0.25, 0.5, 0.25]), abs=1e-3)


def test_logits_give_the_area_of_their_probabilities():
    logits = np.log(P / (1 - P))
    plain, from_logits = metrics.AUC(), metrics.AUC(from_logits=True)
    assert float(plain(Y, P)) == pytest.approx(float(from_logits(Y, logits)), abs=1e-3)


@pytest.mark.parametrize("curve", ["ROC", "PR", "PRGAIN"])
def test_minoring_is_below_and_majoring_above_the_area_between(curve):
    low, middle, high = (
        float(metrics.AUC(curve=curve, summation_method=how)(Y, P))
        for how in ("minoring", "interpolation", "majoring")
    )
    assert low <= middle + 1e-6 and middle <= high + 1e-6


@pytest.mark.parametrize("curve", ["ROC", "PR", "PRGAIN"])
def test_perfect_predictions_have_the_area_1(curve):
    area = float(metrics.AUC(curve=curve)([0, 0, 1, 1], [0.0, 0.1, 0.8, 0.9]))
    assert area == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("metric", "limited", "wanted"),
    [
        (metrics.SensitivityAtSpecificity(0.6, 101), "specificity", "recall"),
        (metrics.SpecificityAtSensitivity(0.6, 101), "recall", "specificity"),
        (metrics.PrecisionAtRecall(0.6, 101), "recall", "precision"),
        (metrics.RecallAtPrecision(0.5, 101), "precision", "recall"),
    ],
)
def test_operating_points(metric, limited, wanted):
    tp, fp, tn, fn = counted(Y, P, even_thresholds(101), 1.0)
    with np.errstate(invalid="ignore"):
        shares = {
            "recall": tp / (tp + fn),
            "precision": np.nan_to_num(tp / (tp + fp)),
            "specificity": tn / (tn + fp),
        }
    least = getattr(metric, metric.given)
    expected = shares[wanted][shares[limited] >= least].max()
    assert float(metric(Y, P)) == pytest.approx(expected, rel=1e-5)


def test_f_scores():
    chosen = P > 0.5
    tp, fp, fn = ((W[:, None] * x).sum(0) for x in (chosen * Y, chosen * (1 - Y), (1 - chosen) * Y))
    scores = 5 * tp / (5 * tp + fp + 4 * fn)
    share = (W[:, None] * Y).sum(0)
    micro = 5 * tp.sum() / (5 * tp.sum() + fp.sum() + 4 * fn.sum())
    for average, expected in (
        (None, scores),
        ("macro", scores.mean()),
        ("weighted", (scores * share).sum() / share.sum()),
        ("micro", micro),
    ):
        metric = metrics.FBetaScore(average=average, beta=2.0, threshold=0.5)
        metric.update_state(Y, P, W)
        np.testing.assert_allclose(metric.result().numpy(), expected, rtol=1e-5)


def test_without_a_threshold_the_greatest_is_chosen():
    metric = metrics.F1Score()
    metric.update_state(ops.array([[1, 0], [0, 1]]), ops.array([[0.2, 0.1], [0.9, 0.1]]))
    np.testing.assert_allclose(metric.result().numpy(), [2 / 3, 0.0], rtol=1e-5)


def iou(y, p, c, w):
    return np.sum(w * (y == c) * (p == c)) / np.sum(w * ((y == c) | (p == c)))


def test_intersection_over_union():
    y, p = RNG.integers(0, 4, (2, 5, 6))
    w = RNG.integers(1, 4, (5, 6))
    scores = [iou(y, p, c, w) for c in range(4)]
    metric = metrics.IoU(num_classes=4, target_class_ids=[1, 3])
    metric.update_state(y, p, w)
    assert float(metric.result()) == pytest.approx(np.mean([scores[1], scores[3]]), rel=1e-5)
    mean = metrics.MeanIoU(num_classes=4)
    mean.update_state(y, p, w)
    assert float(mean.result()) == pytest.approx(np.mean(scores), rel=1e-5)
    one_hot = metrics.OneHotMeanIoU(num_classes=4, sparse_y_pred=True)
    one_hot.update_state(np.eye(4)[y], p, w)
    assert float(one_hot.result()) == pytest.approx(np.mean(scores), rel=1e-5)


def test_classes_that_are_ignored_or_out_of_range_do_not_count():
    y, p = np.array([0, 0, 1, 2, 7, -1]), np.array([0, 1, 1, 1, 1, 1])
    metric = metrics.MeanIoU(num_classes=3, ignore_class=2)
    assert float(metric(y, p)) == pytest.approx((1 / 2 + 1 / 2) / 2, rel=1e-5)


def test_binary_iou():
    metric = metrics.BinaryIoU(target_class_ids=[0, 1], threshold=0.3)
    expected = (1 / 3 + 2 / 4) / 2
    assert float(metric([0, 1, 0, 1, 1], [0.1, 0.2, 0.4, 0.7, 0.3])) == pytest.approx(expected)


def test_the_share_of_variance_that_is_explained():
    y, p = RNG.normal(size=(2, 20, 2))
    errors, variance = ((y - p) ** 2).sum(0), ((y - y.mean(0)) ** 2).sum(0)
    scores = 1 - errors / variance
    for aggregation, expected in (
        (None, scores),
        ("uniform_average", scores.mean()),
        ("variance_weighted_average", (scores * variance).sum() / variance.sum()),
    ):
        metric = metrics.R2Score(class_aggregation=aggregation, dtype="float64")
        np.testing.assert_allclose(metric(y, p).numpy(), expected, rtol=1e-5)


def test_regressors_lower_the_adjusted_score():
    y, p = RNG.normal(size=(2, 20, 1))
    plain = float(metrics.R2Score()(y, p))
    adjusted = float(metrics.R2Score(num_regressors=3)(y, p))
    assert adjusted == pytest.approx(1 - (1 - plain) * 19 / 16, rel=1e-5)


@pytest.mark.parametrize(
    ("regressors", "message"), [(5, "Division by zero"), (9, "More independent predictors")]
)
def test_too_many_regressors_are_warned_of(regressors, message):
    y, p = RNG.normal(size=(2, 6, 1))
    with pytest.warns(UserWarning, match=message):
        assert float(metrics.R2Score(num_regressors=regressors)(y, p)) == pytest.approx(
            float(metrics.R2Score()(y, p))
        )


def test_correlations():
    a, b = RNG.normal(size=(2, 4, 30))
    expected = [np.corrcoef(x, y)[0, 1] for x, y in zip(a, b)]
    np.testing.assert_allclose(metrics.pearson_correlation(a, b).numpy(), expected, rtol=1e-6)
    centered = a - a.mean(-1, keepdims=True), b - b.mean(-1, keepdims=True)
    covariance = np.mean(centered[0] * centered[1], -1)
    total = a.var(-1) + b.var(-1) + (a.mean(-1) - b.mean(-1)) ** 2
    np.testing.assert_allclose(
        metrics.concordance_correlation(a, b).numpy(), 2 * covariance / total, rtol=1e-5
    )
    assert float(metrics.ConcordanceCorrelation()(a, a)) == pytest.approx(1.0, rel=1e-5)
    assert float(metrics.ConcordanceCorrelation()(a, a + 1)) < 0.9
    assert float(metrics.PearsonCorrelation()(a, a + 1)) == pytest.approx(1.0, rel=1e-5)


@pytest.mark.parametrize(
    ("function", "y_true", "expected"),
    [
        ("categorical_accuracy", np.eye(3)[[0, 1, 2]], [1, 0, 1]),
        ("sparse_categorical_accuracy", [0, 1, 2], [1, 0, 1]),
        ("sparse_categorical_accuracy", [[0], [1], [2]], [1, 0, 1]),
    ],
)
def test_accuracies(function, y_true, expected):
    y_pred = np.array([[0.9, 0.1, 0.0], [0.5, 0.3, 0.2], [0.1, 0.2, 0.7]])
    assert getattr(metrics, function)(np.array(y_true), y_pred).numpy().tolist() == expected


def test_accuracies_of_steps_in_sequences():
    y_true = np.array([[0, 1], [2, 2]])
    y_pred = np.eye(3)[[[0, 2], [2, 1]]]
    for result in (
        metrics.sparse_categorical_accuracy(y_true, y_pred),
        metrics.categorical_accuracy(np.eye(3)[y_true], y_pred),
        metrics.sparse_top_k_categorical_accuracy(y_true, y_pred, k=1),
        metrics.top_k_categorical_accuracy(np.eye(3)[y_true], y_pred, k=1),
    ):
        assert result.numpy().tolist() == [[1, 0], [1, 0]]


def test_top_k():
    y_pred = np.array([[0.1, 0.5, 0.4], [0.6, 0.3, 0.1]])
    assert metrics.sparse_top_k_categorical_accuracy([2, 2], y_pred, k=2).numpy().tolist() == [1, 0]
    ids = np.array([[1, 2, 0], [0, 1, 2]])
    found = metrics.sparse_top_k_categorical_accuracy([2, 2], ids, k=2, from_sorted_ids=True)
    assert found.numpy().tolist() == [1, 0]


def test_weights_count_in_means_as_how_often():
    mean = metrics.Mean()
    mean.update_state([1.0, 3.0], sample_weight=[3.0, 1.0])
    mean.update_state(7.0)
    assert float(mean.result()) == pytest.approx((3 + 3 + 7) / 5)
    wide = metrics.Mean()
    wide.update_state([[1.0, 2.0], [3.0, 4.0]], sample_weight=[[1.0], [0.0]])
    assert float(wide.result()) == 1.5


def test_float_weights_of_whole_counts_are_warned_of():
    with pytest.warns(UserWarning, match="weight as `float`, but dtype is `int`"):
        metrics.MeanIoU(num_classes=2)([0, 1], [0, 1], np.array([0.5, 1.5]))


@pytest.mark.parametrize(
    ("construct", "message"),
    [
        (lambda: metrics.Precision(thresholds=1.5), r"\[0, 1\]. Received: \[1.5\]"),
        (lambda: metrics.TruePositives(thresholds=[0.1, None]), r"\[0, 1\]. Received: \[None\]"),
        (lambda: metrics.AUC(num_thresholds=1), "`num_thresholds` must be an integer > 1"),
        (lambda: metrics.AUC(curve="LINE"), 'Invalid AUC curve value: "LINE"'),
        (lambda: metrics.AUC(summation_method="sum"), "Invalid AUC summation method"),
        (lambda: metrics.AUC(num_labels=3), "`num_labels` is needed only when `multi_label`"),
        (lambda: metrics.AUC(multi_label=True)(Y[:, 0], P[:, 0]), "must have rank 2"),
        (lambda: metrics.RecallAtPrecision(1.5), r"`precision` must be in the range \[0, 1\]"),
        (lambda: metrics.PrecisionAtRecall(0.5, 0), "`num_thresholds` must be an integer > 0"),
        (lambda: metrics.FBetaScore(average="mean"), "Invalid `average`.*average=mean"),
        (lambda: metrics.FBetaScore(beta=1), "should be a Python float.*beta=1"),
        (lambda: metrics.FBetaScore(beta=-1.0), "should be > 0.*beta=-1.0"),
        (lambda: metrics.F1Score(threshold=1), "should be a Python float.*threshold=1"),
        (lambda: metrics.F1Score(threshold=0.0), "0 < threshold <= 1.*threshold=0.0"),
        (lambda: metrics.F1Score()(Y[:, 0], P[:, 0]), "F1Score expects 2D inputs"),
        (lambda: metrics.IoU(2, [2]), r"out of range, which is \[0, 2\)"),
        (lambda: metrics.R2Score("mean"), "`class_aggregation`.*class_aggregation=mean"),
        (lambda: metrics.R2Score(num_regressors=-1), "`num_regressors`.*num_regressors=-1"),
        (lambda: metrics.R2Score()(Y[:, 0], P[:, 0]), "R2Score expects 2D inputs"),
    ],
)
def test_errors(construct, message):
    with pytest.raises(ValueError, match=message):
        construct()
