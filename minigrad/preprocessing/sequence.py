"""Sequences of different lengths as one array: see `minigrad.utils`."""

from minigrad.utils.sequences import pad_sequences

__all__ = ["pad_sequences"]
