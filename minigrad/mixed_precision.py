"""Mixed precision under its older names: `mixed_precision.set_global_policy("mixed_bfloat16")`."""

from minigrad.dtype_policies import DTypePolicy, dtype_policy, set_dtype_policy
from minigrad.optimizers import LossScaleOptimizer

Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy

__all__ = [
    "DTypePolicy",
    "LossScaleOptimizer",
    "Policy",
    "dtype_policy",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]
