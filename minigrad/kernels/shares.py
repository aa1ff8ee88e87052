"""How a thread is given its share of a parallel loop: by a call."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def called(numba: Any) -> Iterator[None]:
    """In the block, Numba leaves a share of a parallel loop a function of its own.

    Numba's wrapper is a loop itself. Where LLVM inlines the share, it finds more to keep in
    registers than there are, and a loop such as that of exp or tanh takes a third longer.
    """
    wrapper = numba.np.ufunc.wrappers._GufuncWrapper
    inlined = wrapper.gen_loop_body

    def gen_loop_body(self, builder, pyapi, function, args):
        result = inlined(self, builder, pyapi, function, args)
        if self.is_parfors:
            function.attributes.discard("alwaysinline")
            for block in builder.function.blocks:
                for instruction in block.instructions:
                    if getattr(instruction, "callee", None) is function:
                        instruction.attributes.add("noinline")
        return result

    wrapper.gen_loop_body = gen_loop_body
    try:
        yield
    finally:
        wrapper.gen_loop_body = inlined
