"""Confusion counts what it should, and names the worst mistakes."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import inspect
from minigrad.inspect.running import class_scores


class Given(mg.Model):
    """Its inputs are its outputs."""

    def call(self, x):
        return x * 1.0


PREDICTED = np.array([0, 1, 1, 2, 2, 2, 0])
TRUE = np.array([0, 1, 2, 2, 2, 1, 2])
SCORES = np.eye(3, dtype="float32")[PREDICTED]


def test_counts_precision_and_recall():
    found = inspect.confusion(Given(), SCORES, TRUE)
    assert found.matrix.tolist() == [[1, 0, 0], [0, 1, 1], [1, 1, 2]]
    assert found.accuracy == pytest.approx(4 / 7)
    assert found.precision.tolist() == pytest.approx([1 / 2, 1 / 2, 2 / 3])
    assert found.recall.tolist() == pytest.approx([1, 1 / 2, 1 / 2])
    assert found.worst(1) == [(1, 1, 2)]
    assert found.examples(2, 0).tolist() == [6]
    assert "57.1% of 7 are right" in str(found)


def test_one_hot_labels_names_and_absent_classes():
    found = inspect.confusion(Given(), SCORES[:2], np.eye(3)[TRUE[:2]], ["cat", "dog", "cow"])
    assert np.isnan(found.recall[2])
    assert "cow" in str(found)
    assert [label.get_text() for label in found._figure().axes[0].get_xticklabels()] == [
        *("cat", "dog", "cow")
    ]


def test_examples_come_surest_first():
    scores = np.float32([[0.4, 0.6], [0.1, 0.9], [0.3, 0.7]])
    assert inspect.confusion(Given(), scores, [0, 0, 1]).examples(0, 1).tolist() == [1, 0]


def test_what_does_not_fit_is_an_error():
    with pytest.raises(ValueError, match="3 names are needed"):
        inspect.confusion(Given(), SCORES, TRUE, ["a", "b"])
    with pytest.raises(ValueError, match="7 inputs, 2 labels"):
        inspect.confusion(Given(), SCORES, TRUE[:2])
    with pytest.raises(ValueError, match="at least one sample"):
        inspect.confusion(Given(), SCORES[:0], TRUE[:0])
    with pytest.raises(ValueError, match=f"{SCORES.size} NaN among {SCORES.size} outputs"):
        inspect.confusion(Given(), SCORES * np.nan, TRUE)


def test_an_infinite_logit_is_the_largest():
    scores = class_scores([[np.inf, 1.0], [-np.inf, 1.0], [np.inf, -np.inf]])
    assert scores.tolist() == [[1, 0], [0, 1], [1, 0]]


def test_what_is_found_can_be_saved_as_a_page_and_as_text(tmp_path):
    found = inspect.confusion(Given(), SCORES, TRUE)
    assert found.save(tmp_path / "found.txt").read_text("utf-8") == f"{found}\n"
    page = found.save(tmp_path / "found.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>") and "<img" in page and "recall" in page
