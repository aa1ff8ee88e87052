"""The logs in a table."""

import csv

import numpy as np
import pytest

from minigrad.callbacks import CSVLogger


def write(logger, *epochs):
    logger.on_train_begin()
    for epoch, logs in enumerate(epochs):
        logger.on_epoch_end(epoch, logs)
    logger.on_train_end()


def rows(path, **arguments):
    with open(path, newline="") as file:
        return list(csv.reader(file, **arguments))


def test_a_line_per_epoch_with_a_heading(tmp_path):
    path = tmp_path / "log.csv"
    write(CSVLogger(path), {"loss": 1.5, "acc": 0.5}, {"loss": float("nan"), "acc": 1})
    assert rows(path) == [
        ["epoch", "acc", "loss", "val_acc", "val_loss"],
        ["0", "0.5", "1.5", "NA", "NA"],
        ["1", "1", "nan", "NA", "NA"],
    ]


def test_validation_may_come_later(tmp_path):
    path = tmp_path / "log.csv"
    write(CSVLogger(str(path)), {"loss": 1}, {"loss": 2, "val_loss": 3})
    assert rows(path) == [["epoch", "loss", "val_loss"], ["0", "1", "NA"], ["1", "2", "3"]]


@pytest.mark.parametrize("append", [True, False])
def test_a_second_training_appends_or_starts_again(tmp_path, append):
    path = tmp_path / "log.csv"
    logger = CSVLogger(path, separator="\t", append=append)
    write(logger, {"val_loss": 1})
    write(logger, {"val_loss": 2})
    expected = [["epoch", "val_loss"], ["0", "1"], ["0", "2"]]
    assert rows(path, delimiter="\t") == (expected if append else [expected[0], expected[2]])


def test_text_and_lists_fit_into_a_cell(tmp_path):
    path = tmp_path / "log.csv"
    write(
        CSVLogger(path), {"val_f1": np.array([0.5, 1.0]), "val_name": "a,b", "val_0d": np.array(2)}
    )
    assert rows(path)[1] == ["0", "2", '"[0.5, 1.0]"', "a,b"]


def test_lines_are_in_the_file_before_the_end(tmp_path):
    path = tmp_path / "log.csv"
    logger = CSVLogger(path)
    logger.on_train_begin()
    logger.on_epoch_end(0, {"val_loss": 1})
    assert rows(path)[1] == ["0", "1"]
    del logger  # an interrupted training leaves no open file behind
