"""Training: data in batches, steps, epochs; losses and metrics for the outputs of a model."""

from minigrad.training.compile_loss import CompileLoss
from minigrad.training.compile_metrics import CompileMetrics
from minigrad.training.trainer import Trainer
