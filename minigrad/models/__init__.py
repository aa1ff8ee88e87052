"""Models: functional graphs, stacks of layers, and classes of one's own."""

from minigrad.models.functional import Functional
from minigrad.models.model import Model, model_from_json
from minigrad.models.sequential import Sequential

__all__ = ["Model", "Sequential", "model_from_json"]
