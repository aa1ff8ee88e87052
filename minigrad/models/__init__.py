"""Models: functional graphs, stacks of layers, and classes of one's own."""

from minigrad.models.cloning import clone_model
from minigrad.models.functional import Functional
from minigrad.models.model import Model, model_from_json
from minigrad.models.sequential import Sequential
from minigrad.saving.model_files import load_model, save_model

__all__ = ["Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]
