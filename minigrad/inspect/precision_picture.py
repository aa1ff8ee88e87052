"""The picture of a precision report: exponents of gradients beside the ranges of the formats."""

from minigrad.inspect.view import ACCENT, BAD, INK, MUTED, WARN, tidy

# Exponents of two: smallest subnormal, smallest normal, largest.
RANGES = {"float16": (-24, -14, 15), "bfloat16": (-133, -126, 127)}


def draw(figure, rows, scale):
    """Histograms of the exponents of all gradients, with and without the scale, and by weight."""
    import numpy as np

    shift = float(np.log2(scale))
    total = {}
    for row in rows:
        for exponent, count in row.exponents.items():
            total[exponent] = total.get(exponent, 0) + count
    if not total:
        figure.add_subplot().text(0.5, 0.5, "All gradients are zero.", ha="center")
        return
    low = max(min(min(total), -30), -150) - 2
    high = max(max(total) + shift, 17) + 2
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[1.15, 1])
    whole = sum(total.values())
    for move, colour, label in (
        (0, ACCENT, "as they are"),
        (shift, "#059669", f"times the loss scale, {scale:g}"),
    ):
        places = [exponent + move for exponent in total]
        heights = [100 * count / whole for count in total.values()]
        upper.bar(places, heights, width=0.9, color=colour, alpha=0.55, label=label)
    upper.set_ylabel("% of values")
    upper.set_title("Magnitudes of the gradients", loc="left", color=INK, fontsize=11)
    top = upper.get_ylim()[1]
    upper.set_ylim(0, top * 1.3)
    smallest, normal, largest = RANGES["float16"]
    for axes in (upper, lower):
        axes.axvspan(low, smallest - 1, color=BAD, alpha=0.08, lw=0)
        axes.axvspan(smallest - 1, normal, color=WARN, alpha=0.13, lw=0)
        axes.axvspan(largest + 1, high, color=BAD, alpha=0.08, lw=0)
    for place, text, colour in (
        ((low + smallest - 1) / 2, "float16: zero", BAD),
        ((smallest - 1 + normal) / 2, "subnormal", WARN),
        ((normal + largest + 1) / 2, "float16: normal", MUTED),
        ((largest + 1 + high) / 2, "∞", BAD),
    ):
        upper.text(place, top * 1.2, text, ha="center", color=colour, fontsize=8)
    upper.legend(frameon=False, fontsize=8, loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    _by_row(lower, [row for row in rows if row.exponents], shift)
    lower.set_xlim(low, high)
    first, _, last = RANGES["bfloat16"]
    lower.set_xlabel(
        f"exponent of two: a value of 2^n stands at n; bfloat16 reaches from {first} to {last}"
    )
    tidy(upper, "y")
    tidy(lower, "x")


def _by_row(axes, rows, shift):
    shown = sorted(rows, key=lambda row: row.kind == "output")[:14]
    for y, row in enumerate(shown):
        ends = min(row.exponents), max(row.exponents)
        middle = _median(row.exponents)
        axes.plot(ends, (y, y), color=ACCENT, lw=2, solid_capstyle="round")
        axes.plot(middle, y, "o", color=ACCENT, ms=4)
        axes.plot([e + shift for e in ends], (y + 0.28,) * 2, color="#059669", lw=2, alpha=0.7)
        axes.plot(middle + shift, y + 0.28, "o", color="#059669", ms=4, alpha=0.7)
    names = [f"{row.name}{' (output)' if row.kind == 'output' else ''}" for row in shown]
    axes.set_yticks(range(len(shown)), [n if len(n) < 34 else "…" + n[-32:] for n in names])
    axes.tick_params(axis="y", labelsize=7)
    axes.set_ylim(len(shown) - 0.2, -0.7)


def _median(exponents):
    half, seen = sum(exponents.values()) / 2, 0
    for exponent in sorted(exponents):
        seen += exponents[exponent]
        if seen >= half:
            return exponent
    return 0
