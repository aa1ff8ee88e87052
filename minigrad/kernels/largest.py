"""The largest of four rows of numbers, and which of them it was: what max pooling is made of.

A compiler would ask before each short loop whether the rows and the result overlap, which takes
longer than the loop. So LLVM's vector code is written here.
"""

from collections.abc import Callable
from typing import Any

from minigrad.kernels.jit import inline

_WIDTHS = 64, 16, 1  # bytes that are done at a time; at last single numbers


def _emitted(numba: Any) -> Callable:
    from llvmlite import ir

    cgutils, index = numba.core.cgutils, ir.IntType(32)

    def generate(context, builder, signature, args):
        def array(place):
            return context.make_array(signature.args[place])(context, builder, args[place])

        image, channels, *pixels, to, fresh = *args[1:7], *args[9:]
        x, out, where = array(0).data, array(7).data, array(8)
        item, word = x.type.pointee, channels.type
        size = context.get_abi_sizeof(item)
        rows = [
            builder.gep(x, [builder.mul(builder.add(image, pixel), channels)]) for pixel in pixels
        ]
        pixels = [builder.trunc(pixel, index) for pixel in pixels]
        out, positions = builder.gep(out, [to]), builder.gep(where.data, [to])

        def of(kind, lanes):
            return kind if lanes == 1 else ir.VectorType(kind, lanes)

        def loaded(row, at, lanes):
            place = builder.bitcast(
                builder.gep(row, [at]), of(row.type.pointee, lanes).as_pointer()
            )
            value = builder.load(place)
            value.align = 4 if row is positions else size
            return value

        def stored(value, row, at):
            place = builder.bitcast(builder.gep(row, [at]), value.type.as_pointer())
            builder.store(value, place).align = 4 if row is positions else size

        def spread(number, lanes):
            if lanes == 1:
                return number
            kind = of(index, lanes)
            one = builder.insert_element(ir.Constant(kind, ir.Undefined), number, index(0))
            return builder.shuffle_vector(one, one, ir.Constant(kind, [0] * lanes))

        def block(at, lanes, is_fresh, positions_too):
            found = [
                (loaded(row, at, lanes), spread(pixel, lanes) if positions_too else None)
                for row, pixel in zip(rows, pixels, strict=True)
            ]
            if not is_fresh:
                position = loaded(positions, at, lanes) if positions_too else None
                found.insert(0, (loaded(out, at, lanes), position))
            best, position = found[0]
            for value, number in found[1:]:
                # NaN is the largest, and the first of equals counts.
                greater = builder.fcmp_unordered("ugt", value, best)
                better = builder.and_(greater, builder.fcmp_ordered("ord", best, best))
                best = builder.select(better, value, best)
                if positions_too:
                    position = builder.select(better, number, position)
            stored(best, out, at)
            if positions_too:
                stored(position, positions, at)

        def loops(is_fresh, positions_too):
            done = word(0)
            for width in _WIDTHS:
                lanes = max(width // size, 1)
                end = builder.sub(channels, builder.urem(channels, word(lanes)))
                with cgutils.for_range_slice(builder, done, end, word(lanes)) as (at, _):
                    block(at, lanes, is_fresh, positions_too)
                done = end

        asked = builder.icmp_signed("!=", where.nitems, word(0))
        with builder.if_else(builder.icmp_signed("!=", fresh, word(0))) as branches:
            for branch, is_fresh in zip(branches, (True, False), strict=True):
                with branch, builder.if_else(asked) as (with_positions, without):
                    with with_positions:
                        loops(is_fresh, True)
                    with without:
                        loops(is_fresh, False)
        return context.get_dummy_value()

    whole = numba.types.int64

    @numba.extending.intrinsic
    def emit(typing_context, x, image, channels, a, b, c, d, out, where, to, fresh):
        kinds = x, whole, whole, whole, whole, whole, whole, out, where, whole, whole
        return numba.types.void(*kinds), generate

    return lambda x, image, channels, a, b, c, d, out, where, to, fresh: emit(
        x, image, channels, a, b, c, d, out, where, to, fresh
    )


@inline(emitted=_emitted)
def largest_of_four(x, image, channels, a, b, c, d, out, where, to, fresh):
    """out[to + k] = the largest of x[(image + pixel) · channels + k], for all channels k.

    Args:
        x, out, where: Flat arrays. Where `where` is not empty, it gets the pixel that was largest.
        a, b, c, d: Pixels; the first of the largest counts. They may be the same.
        fresh: 0 if what is in `out` counts too, as the first.
    """
    for pixel in (a, b, c, d):
        row = x[(image + pixel) * channels :][:channels]
        best = out[to : to + channels]
        better = ~(row <= best) & (best == best) | bool(fresh and pixel is a)
        best[better] = row[better]
        if where.size:
            where[to : to + channels][better] = pixel
