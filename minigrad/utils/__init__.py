"""Helpers around training: the progress bar, pictures of a training."""

from minigrad.utils.plotting import plot_history
from minigrad.utils.progbar import Progbar
from minigrad.utils.random_seed import set_random_seed

__all__ = ["Progbar", "plot_history", "set_random_seed"]
