"""A small model that learns from a large one: `minigrad.distillation`."""

from minigrad.distillation.distiller import Distiller
from minigrad.distillation.losses import (
    DistillationLoss,
    FeatureDistillation,
    LogitsDistillation,
)

__all__ = ["DistillationLoss", "Distiller", "FeatureDistillation", "LogitsDistillation"]
