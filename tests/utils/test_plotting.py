"""The loss curves: what is drawn, on which scale, with which labels."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from minigrad.utils import plot_history


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    yield
    plt.close("all")


def lines(panel):
    return {line.get_label(): line.get_xydata().tolist() for line in panel.get_lines()}


def test_each_quantity_has_a_panel_with_training_and_validation():
    figure = plot_history(
        {
            "accuracy": [0.5, 0.75],
            "loss": [2.0, 1.0],
            "val_loss": [2.5, 1.5],
            "val_accuracy": [0.4, 0.7],
        }
    )
    loss, accuracy = figure.axes
    assert (loss.get_ylabel(), accuracy.get_ylabel()) == ("loss", "accuracy")
    assert loss.get_xlabel() == accuracy.get_xlabel() == "epoch"
    assert lines(loss) == {"training": [[1, 2.0], [2, 1.0]], "validation": [[1, 2.5], [2, 1.5]]}
    assert lines(accuracy)["validation"] == [[1, 0.4], [2, 0.7]]
    assert loss.get_legend() is not None


@pytest.mark.parametrize(
    "values, scale",
    [
        ([1.0, 0.05], "log"),
        ([1.0, 0.5], "linear"),
        ([1.0, -0.01], "linear"),
        ([1.0, 0.0], "linear"),
        ([0.05, 0.6, 0.95], "linear"),
        ([np.nan, np.inf, 1.0, 0.01], "log"),
        ([np.nan, np.nan], "linear"),
    ],
)
def test_the_scale_is_logarithmic_where_that_helps(values, scale):
    assert plot_history({"loss": values}).axes[0].get_yscale() == scale


def test_a_history_object_brings_its_first_epoch():
    class History:
        history = {"loss": [1.0, 0.9, 0.8]}
        epoch = [4, 5, 6]

    assert lines(plot_history(History()).axes[0])["training"] == [[5, 1.0], [6, 0.9], [7, 0.8]]


def test_validation_every_second_epoch_stands_at_its_epochs():
    figure = plot_history({"loss": [4.0, 3.0, 2.0, 1.5, 1.2], "val_loss": [3.5, 2.5]})
    assert lines(figure.axes[0])["validation"] == [[2, 3.5], [4, 2.5]]


def test_one_curve_needs_no_legend_and_the_figure_can_be_saved(tmp_path):
    figure = plot_history({"loss": [1.0]})
    assert figure.axes[0].get_legend() is None
    figure.savefig(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_many_quantities_are_laid_out_in_rows():
    figure = plot_history({name: [1.0, 2.0] for name in "abcd"})
    assert [panel.get_ylabel() for panel in figure.axes] == list("abcd")


@pytest.mark.parametrize("history", [{}, {"loss": []}])
def test_an_empty_history_is_refused(history):
    with pytest.raises(ValueError, match="no epoch to draw"):
        plot_history(history)


def test_anything_else_is_refused():
    with pytest.raises(TypeError, match="what `fit` returned"):
        plot_history([1.0, 0.5])
