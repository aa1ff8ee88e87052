"""Helpers around training: the progress bar, pictures of a training."""

from minigrad.utils.plotting import plot_history
from minigrad.utils.progbar import Progbar

__all__ = ["Progbar", "plot_history"]
