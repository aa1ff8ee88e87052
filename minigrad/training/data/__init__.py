"""Data of every kind as batches of Tensors: an adapter for each kind, one place that chooses it."""

from minigrad.training.data.adapter import DataAdapter
from minigrad.training.data.arrays import ArrayAdapter, train_validation_split
from minigrad.training.data.choice import adapter_for
from minigrad.training.data.class_weight import class_weight_to_sample_weights
