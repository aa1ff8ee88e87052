"""The table, continued: shapes, indices, sums, products of matrices, windows, decompositions."""

from minigrad.inspect.formulas.table import RULES, Rule, rule

__all__ = ["RULES", "Rule"]

# Passing on

SAME = "The gradient passes unchanged."
rule("alias", "x", "g", words=SAME)
rule("copy_of", "x", "g", words=SAME)
rule("cast", "cast(x, dtype)", "g", words="The gradient passes, in the dtype of the input.")
rule("expand_to", "broadcast(x, shape)", "g", words="Copies add up: the walk sums them.")
rule("fill_like", "broadcast(value, x)", None, "g", words="Copies add up: the walk sums them.")
BACK = "The gradient goes back to where the values came from."
rule("reshape_to", "reshape(x, shape)", "reshape(g, x)", words=BACK)
rule("permute", "permute(x, axes)", "permute(g, inverse(axes))", words=BACK)
rule("flip_axes", "flip(x, axes)", "flip(g, axes)", words=BACK)
rule("roll", "roll(x, shift, axis)", "roll(g, minus(shift), axis)", words=BACK)
for _name, _forward in {
    "pad": "pad(x, widths, value)",
    "getitem": "x[key]",
    "take": "take(x, k, axis)",
    "take_along_axis": "take_along(x, k, axis)",
    "gather_rows": "x[k]",
    "slice_at": "x[starts:]",
    "sort": "sort(x, axis)",
    "get_diagonal": "diagonal(x)",
    "cut": "split(x, stops, axis)",
    "pieces": "frames(x, length, step)",
    "windows_of": "windows(x)",
    "from_places": "pick(x, k)",
}.items():
    _more = (
        (None,)
        if _name in ("take", "take_along_axis", "gather_rows", "slice_at", "from_places")
        else ()
    )
    rule(_name, _forward, "transpose_of(x)", *_more, inputs="x k" if _more else None, words=BACK)
rule(
    "max_of_windows", "max(windows(x))", "transpose_of(x)", words="To the greatest of each window."
)
SUMS = "What was copied adds up."
rule("tile", "tile(x, repeats)", "transpose_of(x)", words=SUMS)
rule("repeat", "repeat(x, count, axis)", "transpose_of(x)", words=SUMS)
PICKED = "The gradient is read where the values were put."
for _name in ("put", "put_diagonal", "overlapped", "sum_of_windows"):
    rule(_name, "put(x)", "transpose_of(x)", words=PICKED)
for _name in ("put_at", "put_each", "to_places", "place_at"):
    rule(_name, "put(x, k)", "transpose_of(x)", None, inputs="x k", words=PICKED)
rule("scatter", "put(k, x)", None, "g[k]", inputs="k x", words=PICKED)
rule("join", "concat(x, axis)", "transpose_of(x)", words="Each piece gets its part.")
rule("pile", "stack(x, axis)", "transpose_of(x)", words="Each piece gets its part.")

# Products and sums

rule("matmul", "x1 @ x2", "g @ T(x2)", "T(x1) @ g")
COPIED = "Each summand gets the gradient of the sum."
rule("reduce_sum", "sum(x, axis)", "broadcast(g, x)", words=COPIED)
rule("reduce_mean", "mean(x, axis)", "broadcast(g, x) / count(x, axis)", words=COPIED)
rule(
    "reduce_var",
    "mean((x - mean(x, axis))**2, axis)",
    "broadcast(g, x) * 2 * (x - mean(x, axis)) / count(x, axis)",
)
TIES = "To the extreme; where several are equal, in equal parts."
rule("reduce_max", "max(x, axis)", "broadcast(g, x) * shares(x, y, axis)", words=TIES)
rule("reduce_min", "min(x, axis)", "broadcast(g, x) * shares(x, y, axis)", words=TIES)
rule("reduce_prod", "prod(x, axis)", "broadcast(g * y, x) / x")
