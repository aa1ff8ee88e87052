"""Helpers around training: the progress bar, pictures of a training."""

from minigrad.utils.plotting import plot_history
from minigrad.utils.progbar import Progbar
from minigrad.utils.random_seed import set_random_seed
from minigrad.utils.session import clear_session

__all__ = ["Progbar", "clear_session", "plot_history", "set_random_seed"]
