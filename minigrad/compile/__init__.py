"""The compiler: a step is recorded once, fused, and replayed as compiled kernels.

`minigrad.compile(f)` is a function that computes what `f` does, faster. A stage is a file: trace
(record) → program (what is recorded) → simplify → fuse → memory → codegen → step (guards and
replay); explain shows all of them.
"""

import sys
import types
from typing import Any

from minigrad.compile.step import Compiled, compile
from minigrad.compile.trace import trace

__all__ = ["Compiled", "compile", "trace"]


class _CallableModule(types.ModuleType):
    """`minigrad.compile` is this folder and the function of the same name."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return compile(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule
