"""The compiler: a step is recorded once, fused, and replayed as compiled kernels.

`minigrad.compile(f)` is a function that computes what `f` does, faster. A stage is a file:

    step        which recording is for these arguments, or that there is none yet
    trace       run the function and write down what it computes, as a `program`; if it will be
                replayed anyway, with its computations left to that by `postponing`
    simplify    leave out what is constant, repeated, or of no use
    expand      softmax, layer normalization and such in small equations; for halves `halves`
    fuse        equations become `launches`; `storing` decides what passes through memory
    plan        updates in place and bundled; `memory` gives every array its place
    codegen     the source of each group's kernel: its `loops`, its `expressions`, as `fragments`;
                `library` has those for primitives with kernels of their own
    replay      addresses are filled in, which gives `rows` of tables, and these are run

`explain` and `listing` show all of it, and `interpreter` runs programs where there is no compiler.
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
