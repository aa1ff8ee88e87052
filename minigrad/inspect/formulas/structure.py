"""The table, continued: shapes, indices, sums, products of matrices, windows, decompositions."""

from minigrad.inspect.formulas.recurrent import GRU_SLOPE, LSTM_SLOPE
from minigrad.inspect.formulas.table import RULES, Rule, constants, rule

__all__ = ["RULES", "Rule"]

# Passing on

SAME = "The gradient passes unchanged."
rule("alias", "x", "g", words=SAME)
rule("copy_of", "x", "g", words=SAME)
rule("cast", "cast(x, dtype)", "g", words="The gradient passes, in the dtype of the input.")
rule("expand_to", "broadcast(x, shape)", "g", words="Copies add up: the walk sums them.")
rule("fill_like", "broadcast(value, x)", None, "g", words="Copies add up: the walk sums them.")
rule("tanh_slope", "d * (1 - p**2)", "g * (1 - p**2)", "-2 * g * d * p", inputs="d p")
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
    "gather_rows": "rows(x, k)",
    "slice_at": "part(x, k)",
    "sort": "sort(x, axis)",
    "top": "top(x, k)",
    "get_diagonal": "diagonal(x)",
    "cut": "split(x, stops, axis)",
    "pieces": "frames(x, length, step)",
    "windows_of": "windows(x)",
    "from_places": "picked(x, k)",
}.items():
    _more = (
        (None,)
        if _name in ("take", "take_along_axis", "gather_rows", "slice_at", "from_places")
        else ()
    )
    rule(_name, _forward, "transpose_of(x)", *_more, inputs="x k" if _more else None, words=BACK)
rule(
    "max_of_windows",
    "largest(windows(x))",
    "transpose_of(x)",
    words="To the greatest.",
)
SUMS = "What was copied adds up."
rule("tile", "tile(x, repeats)", "transpose_of(x)", words=SUMS)
rule("repeat", "repeated(x, count, axis)", "transpose_of(x)", words=SUMS)
PICKED = "The gradient is read where the values were put."
for _name in ("put", "put_diagonal", "overlapped", "sum_of_windows"):
    rule(_name, "put(x)", "transpose_of(x)", words=PICKED)
for _name in ("put_at", "put_each", "to_places", "place_at"):
    rule(_name, "put(x, k)", "transpose_of(x)", None, inputs="x k", words=PICKED)
rule("scatter", "put(k, x)", None, "transpose_of(x)", inputs="k x", words=PICKED)
rule("join", "concat(x, axis)", "transpose_of(x)", words="Each piece gets its part.")
rule("pile", "stack(x, axis)", "transpose_of(x)", words="Each piece gets its part.")

# Products and sums

rule("matmul", "x1 @ x2", "g @ T(x2)", "T(x1) @ g")
COPIED = "Each summand gets the gradient of the sum."
rule("reduce_sum", "sum(x, axis)", "spread(g, x)", words=COPIED)
rule("reduce_mean", "mean(x, axis)", "spread(g, x) / count(x, axis)", words=COPIED)
rule(
    "reduce_var",
    "mean((x - mean(x, axis))**2, axis)",
    "spread(g, x) * 2 * (x - mean(x, axis)) / count(x, axis)",
)
TIES = "To the extreme; where several are equal, in equal parts."
rule("reduce_max", "largest(x, axis)", "spread(g, x) * shares(x, y, axis)", words=TIES)
rule("reduce_min", "smallest(x, axis)", "spread(g, x) * shares(x, y, axis)", words=TIES)
rule(
    "reduce_prod",
    "prod(x, axis)",
    "spread(g, x) * others(x, axis)",
    words="Times the product of the others.",
)
rule("where", "where(condition, x1, x2)", None, "where(condition, g, 0)", "where(condition, 0, g)")
rule("keep_lower", "tril(x, k)", "tril(g, k)")
rule("keep_upper", "triu(x, k)", "triu(g, k)")
RUNNING = (
    "Each gets the sum of the gradients of all sums that it is in: a running sum from the end."
)
rule("cumulative_sum", "running_sum(x, axis)", "from_end(g, axis)", words=RUNNING)
rule("cumulative_prod", "running_product(x, axis)", "transpose_of(x)",
     words="Without a division, so that zeros do no harm.")  # fmt: skip
rule("recurrence", "a * before(y) + b", "transpose_of(a)", "transpose_of(b)",
     words="A recurrence again, from the end to the beginning.")  # fmt: skip
rule("correlate", "correlate(x1, x2)", "transpose_of(x1)", "transpose_of(x2)")

# Windows and convolutions

CONVOLVED = (
    "By the input: the gradient, convolved with the kernel turned around; by the kernel: the "
)
CONVOLVED += "correlation of input and gradient."
rule("convolve", "convolve(x, k)", "transpose_of(x)", "transpose_of(k)", inputs="x k",
     words=CONVOLVED)  # fmt: skip
rule("convolve_by_input", "by_input(d, k)", "transpose_of(d)", "transpose_of(k)", inputs="d k")
rule("convolve_by_kernel", "by_kernel(x, d)", "transpose_of(x)", "transpose_of(d)", inputs="x d")
rule("mean_of_windows", "mean(windows(x))", "transpose_of(x)",
     words="Each of a window gets the same part.")  # fmt: skip
rule("mean_to_windows", "mean_to(x)", "transpose_of(x)")

# Linear algebra

rule("solve", "inv(a) @ b", "-(inv(T(a)) @ g) @ T(y)", "inv(T(a)) @ g")
rule(
    "solve_triangular",
    "inv(triangle(a, lower)) @ b",
    "-triangle((inv(T(triangle(a, lower))) @ g) @ T(y), lower)",
    "inv(T(triangle(a, lower))) @ g",
)
rule("inv", "inv(x)", "-T(y) @ g @ T(y)")
rule("det", "det(x)", "matrix(g) * cofactors(x)", words="Jacobi's formula.")
rule("cofactors", "cofactors(x)", "transpose_of(x)")
rule("slogdet", "(sign(det(x)), log(abs(det(x))))", "matrix(g[1]) * T(inv(x))")
rule(
    "cholesky",
    "cholesky(x)",
    "symmetric(inv(T(y)) @ half(T(y) @ tril(g, 0)) @ inv(y))",
    words="half: the lower triangle, its diagonal halved.",
)
rule("lu_factor", "lu(x)", "transpose_of(x)", words="P x = L U; what is below the diagonal is L's.")
rule("qr", "qr(x)", "transpose_of(x)", words="x = Q R with orthonormal Q.")
rule(
    "eigh",
    "eigh(x)",
    "symmetric(y[1] @ (diag(g[0]) + T(y[1]) @ g[1] / gaps(y[0])) @ T(y[1]))",
    words="gaps: the differences of eigenvalues; between equal ones nothing flows.",
)
USV = "x = U diag(s) V."
rule("svd", "svd(x)", "transpose_of(x)", words=USV)
rule(
    "singular_values",
    "singular_values(x)",
    "left(x) @ diag(g) @ right(x)",
    words="x = U diag(s) V.",
)
rule("pinv", "pinv(x)", "transpose_of(x)", words="The inverse of Moore and Penrose.")
TURNED = "A linear map: its transpose is a transform as well."
rule("fourier", "fft(re, im)", "transpose_of(re)", "transpose_of(im)", words=TURNED)
rule("real_fourier", "rfft(x)", "transpose_of(x)", words=TURNED)
rule("real_inverse_fourier", "irfft(re, im)", "transpose_of(re)", "transpose_of(im)", words=TURNED)

# Writing into arrays

rule("scatter_add", "add_at(x, k, u)", "g", None, "transpose_of(u)", inputs="x k u", words=PICKED)
for _name, _kind in {
    "set": "put_at",
    "max": "max_at",
    "min": "min_at",
    "mul": "multiply_at",
}.items():
    rule(f"scatter_{_name}", f"{_kind}(x, k, u)", "transpose_of(x)", None, "transpose_of(u)",
         inputs="x k u", words=PICKED)  # fmt: skip
rule("update_at", "put_at(x, starts, u)", "transpose_of(x)", None, "transpose_of(u)",
     inputs="x starts u", words=PICKED)  # fmt: skip

# Whole layers in one

XHAT = "(x - y[1]) * y[2]"
NORMALIZED = "gamma * (x - mean(x, 1)) / sqrt(mean((x - mean(x, 1))**2, 1) + epsilon) + beta"
rule(
    "layer_norm",
    NORMALIZED,
    f"y[2] * (g[0] * gamma - mean(g[0] * gamma, 1) - {XHAT} * mean(g[0] * gamma * {XHAT}, 1))",
    f"g[0] * {XHAT}",
    "g[0]",
    words="y₁ and y₂ are the mean and the reciprocal of the deviation of each row.",
)
AGAIN = "The rule of a rule, for second derivatives."
rule(
    "layer_norm_slope",
    "(r * centred(d * gamma, z), sum(d * z, 0), sum(d, 0))",
    "gamma * r * centred(g[0], z) + g[1] * z + g[2]",
    "r * centred(g[1] * d - r * (g[0] * mean(d * gamma * z, 1) + d * gamma * mean(g[0] * z, 1)), z)"
    " - r**2 * z * mean(g[0] * centred(d * gamma, z), 1)",
    "sum(d * r * centred(g[0], z), 0)",
    None,
    None,
    inputs="d x gamma c r",
    let="z = (x - c) * r",
    words=f"{AGAIN} centred(u, z) is u − mean(u) − z · mean(u · z), row by row.",
)
rule("ctc", "ctc(x, labels)", "transpose_of(x)", None, None, None,
     inputs="x labels lengths frames",
     words="Minus the logarithm of the sum over all alignments.")  # fmt: skip
rule("ctc_slope", "ctc_slope(d, x, labels)", "transpose_of(d)", "transpose_of(x)", None, None, None,
     inputs="d x labels lengths frames", words=AGAIN)  # fmt: skip
LOGITS = "visible(scale * heads(q) @ T(heads(k)), allowed, causal)"
WEIGHTS = f"W = softmax({LOGITS})"
rule(
    "attend",
    "heads(W @ heads(v))",
    "heads(scale * S @ heads(k))",
    "heads(scale * T(S) @ heads(q))",
    "heads(T(W) @ heads(g[0]))",
    None,
    inputs="q k v allowed",
    let=f"""{WEIGHTS}
    D = heads(g[0]) @ T(heads(v))
    S = W * (D - sum(D * W, last))""",
    words="For each head, a block of keys after the other: W is never there as a whole.",
)
rule(
    "attend_slope",
    "(heads(scale * S @ heads(k)), heads(scale * T(S) @ heads(q)), heads(T(W) @ heads(d)))",
    "heads(A @ heads(v) + W @ heads(g[2]))",
    "heads(scale * (B @ heads(k) + S @ heads(g[1])))",
    "heads(scale * (T(B) @ heads(q) + T(S) @ heads(g[0])))",
    "heads(T(A) @ heads(d))",
    None,
    None,
    None,
    inputs="d q k v made level allowed",
    let=f"""{WEIGHTS}
    D = heads(d) @ T(heads(v))
    S = W * (D - sum(D * W, last))
    E = scale * (heads(g[0]) @ T(heads(k)) + heads(q) @ T(heads(g[1])))
    A = W * (E - sum(E * W, last))
    F = E * (D - sum(D * W, last)) - D * sum(E * W, last) + heads(d) @ T(heads(g[2]))
    B = W * (F - sum(F * W, last))""",
    words=AGAIN,
)
TIME = "Back through time, a step after the other."
rule("lstm_walk", "lstm(x, h0, c0, u)", "transpose_of(x)", "transpose_of(h0)", "transpose_of(c0)",
     "transpose_of(u)", None, words=TIME)  # fmt: skip
rule("gru_walk", "gru(x, h0, u, bias)", "transpose_of(x)", "transpose_of(h0)", "transpose_of(u)",
     "transpose_of(bias)", None, words=TIME)  # fmt: skip
WALKED = f"{AGAIN} The walk back through time, as the formula of the first derivative has it."
rule(
    "lstm_slope",
    "lstm_slope(dhs, dcs, x, h0, c0, u, counts, backwards)",
    "transpose_of(dhs)",
    "transpose_of(dcs)",
    *[None] * 3,
    *(f"transpose_of({name})" for name in ("x", "h0", "c0", "u")),
    None,
    words=f"{WALKED} {LSTM_SLOPE}",
)
rule(
    "gru_slope",
    "gru_slope(dhs, x, h0, u, bias, counts, backwards)",
    "transpose_of(dhs)",
    None,
    None,
    *(f"transpose_of({name})" for name in ("x", "h0", "u", "bias")),
    None,
    words=f"{WALKED} {GRU_SLOPE}",
)
rule(
    "compute_again",
    "f(x)",
    "transpose_of(x)",
    words="Computed again on the way back.",
)

IMPLICIT = (
    "Each number moves as its quantile does: gamma_slope(α, z) is −(∂F/∂α) / (∂F/∂z), F the "
    "distribution."
)
rule("random_gamma", "gamma(seed, alpha)", None, "g * gamma_slope(alpha, y)",
     inputs="seed alpha", words=IMPLICIT)  # fmt: skip
rule(
    "random_beta",
    "X / (X + Z)",
    None,
    "g * y * (1 - y) * gamma_slope(alpha, X) / X",
    "-g * y * (1 - y) * gamma_slope(beta, Z) / Z",
    inputs="seed alpha beta",
    let="X = gammas(seed, alpha, beta)[0]\nZ = gammas(seed, alpha, beta)[1]",
    words=IMPLICIT,
)
NO_SECOND = "Has no derivative itself."
rule("random_gamma_slope", "gamma_slope(alpha, z)", None, None,
     inputs="alpha z", words=NO_SECOND)  # fmt: skip
rule("random_beta_slopes", "beta_slopes(seed, alpha, beta)", None, None, None,
     inputs="seed alpha beta", words=NO_SECOND)  # fmt: skip

# Without a gradient

constants("""
equal = x1 == x2
not_equal = x1 != x2
less = x1 < x2
less_equal = x1 <= x2
greater = x1 > x2
greater_equal = x1 >= x2
logical_and = (x1 != 0) & (x2 != 0)
logical_or = (x1 != 0) | (x2 != 0)
logical_xor = (x1 != 0) ^ (x2 != 0)
logical_not = x == 0
isnan = isnan(x)
isfinite = isfinite(x)
isinf = isinf(x)
signbit = x < 0
reduce_all = all(x, axis)
reduce_any = any(x, axis)
arg_max = argmax(x, axis)
arg_min = argmin(x, axis)
argsort = argsort(x, axis)
argpartition = argpartition(x, axis)
searchsorted = searchsorted(x, values)
digitize = digitize(x, bins)
isin = isin(x1, x2)
row_order = order(x)
row_numbers = number(x)
stable_order = argsort(x)
stays = stays(x)
best_places = argmax(windows(x))
bin_counts = histogram(x, edges)
one_hot_of = one_hot(x)
cast_to_whole = cast(x, dtype)
bitwise_and = x & y
bitwise_or = x | y
bitwise_xor = x ^ y
bitwise_invert = ~x
bitwise_left_shift = x << y
bitwise_right_shift = x >> y
gcd = gcd(x1, x2)
lcm = lcm(x1, x2)
nextafter = nextafter(x1, x2)
view = view(x)
ctc_greedy_labels = greedy(x)
ctc_beam_labels = beam(log_p)
""")
constants(
    "stop_gradient = x\nsum_over_processes = total(x)\nzeros_of = zeros(x)\nones_of = ones(x)",
    words="No gradient flows.",
)
constants(
    f"layer_norm_alone = {NORMALIZED}\nlargest_of_windows = largest(windows(x))",
    words="Where nobody asks for a gradient: less is kept.",
)
constants("""
real_part = re(x)
imag_part = im(x)
conjugate = conj(x)
complex_angle = arg(x)
polar = abs_ * exp(i * angle)
as_complex = complex(x)
eig = eig(x)
""", words="Complex tensors are not on the tape.")  # fmt: skip
constants("""
random_uniform = uniform(seed)
random_normal = normal(seed)
random_truncated_normal = truncated_normal(seed)
random_integers = integers(seed, low, high)
random_binomial = binomial(seed, trials, probability)
random_categorical = categorical(seed, logits)
random_permutation = permutation(seed)
dropout_mask = uniform(seed) >= rate
""", words="Drawn at random: no gradient flows.")  # fmt: skip
