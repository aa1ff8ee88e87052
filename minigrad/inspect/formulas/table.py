"""The formula of every primitive and of its VJPs, a line each.

`g` is the gradient that arrives from above (written ȳ), `y` the output; inputs and parameters have
the names of the declaration. The walk back sums over broadcast axes, so no formula does. A test
evaluates every line against the kernel and the rules of the primitive.
"""

from dataclasses import dataclass, field

from minigrad.inspect.formulas.language import Formula


@dataclass(frozen=True)
class Rule:
    """What is known of one primitive.

    Attributes:
        forward: The Formula of the output.
        vjps: A Formula per input, None where no gradient flows.
        inputs: The names of the inputs in the formulas; None: as in the declaration.
        words: What the rule means, where the formula does not say it by itself.
        let: {letter: Formula} of what the formulas abbreviate; each may use those before it.
    """

    forward: Formula
    vjps: tuple
    inputs: tuple | None = None
    words: str = ""
    let: dict = field(default_factory=dict)

    def with_letters(self, names):
        """`names` and the values of the letters: without g, of those that do not need it."""
        found, unknown = dict(names), {"g"} - names.keys()
        for letter, formula in self.let.items():
            if formula.names & unknown:
                unknown.add(letter)
            else:
                found[letter] = formula.value(**found)
        return found


RULES: dict[str, Rule] = {}


def rule(name, forward, *vjps, inputs=None, words="", let=""):
    """Enter a primitive in the table; `let` has a "letter = formula" a line."""
    RULES[name] = Rule(
        Formula(forward),
        tuple(one if one is None else Formula(one) for one in vjps),
        None if inputs is None else tuple(inputs.split()),
        words,
        {letter: Formula(formula) for letter, formula in _equations(let)},
    )


def _equations(lines):
    """(left side, right side) of an equation a line."""
    for line in lines.strip().splitlines():
        left, _, right = (part.strip() for part in line.partition("="))
        yield left, right


def constants(names, words="Whole numbers and truths have no slope: no gradient flows."):
    """Primitives without a gradient, as "name = formula" a line."""
    for name, forward in _equations(names):
        rule(name, forward, words=words)


# Arithmetic

rule("add", "x1 + x2", "g", "g")
rule("subtract", "x1 - x2", "g", "-g")
rule("multiply", "x1 * x2", "g * x2", "g * x1")
rule("true_divide", "x1 / x2", "g / x2", "-g * x1 / x2**2")
STEPS = "Constant but for its jumps: the slope is 0 wherever there is one."
rule("floor_divide", "floor(x1 / x2)", "0 * g", "0 * g", words=STEPS)
rule("mod", "x1 - x2 * floor(x1 / x2)", "g", "-g * floor(x1 / x2)")
rule("fmod", "x1 - x2 * trunc(x1 / x2)", "g", "-g * trunc(x1 / x2)")
rule("negative", "-x", "-g")
rule("reciprocal", "1 / x", "-g / x**2")
rule("absolute", "abs(x)", "where(x >= 0, g, -g)", words="At 0 the slope 1 is taken.")
rule("fabs", "abs(x)", "where(x >= 0, g, -g)", words="At 0 the slope 1 is taken.")
rule("sign", "sign(x)", "0 * g", words=STEPS)
rule("square", "x**2", "g * 2 * x")
HALVES = "Where both are equal, each gets half of the gradient."
rule("maximum", "where(x1 >= x2, x1, x2)", "g * wins(x1, x2)", "g * wins(x2, x1)", words=HALVES)
rule("minimum", "where(x1 <= x2, x1, x2)", "g * wins(x2, x1)", "g * wins(x1, x2)", words=HALVES)
rule("power", "x1 ** x2", "g * x2 * x1 ** (x2 - 1)", "g * y * log(x1)")
rule("sqrt", "sqrt(x)", "g / (2 * sqrt(x))")
rule("rsqrt", "1 / sqrt(x)", "-g * y / (2 * x)")
rule("cbrt", "cbrt(x)", "g / (3 * y**2)")
rule("hypot", "sqrt(x1**2 + x2**2)", "g * x1 / y", "g * x2 / y")
rule("heaviside", "where(x1 < 0, 0, where(x1 > 0, 1, x2))", "0 * g", "where(x1 == 0, g, 0)")
rule("deg2rad", "x * pi / 180", "g * pi / 180")
rule("rad2deg", "x * 180 / pi", "g * 180 / pi")
rule("ldexp", "x1 * exp2(x2)", "g * exp2(x2)", None)

# Exponentials and logarithms

rule("exp", "exp(x)", "g * exp(x)")
rule("expm1", "exp(x) - 1", "g * exp(x)")
rule("exp2", "2 ** x", "g * y * log(2)")
rule("log", "log(x)", "g / x")
rule("log1p", "log(1 + x)", "g / (1 + x)")
rule("log2", "log(x) / log(2)", "g / (x * log(2))")
rule("log10", "log(x) / log(10)", "g / (x * log(10))")
rule("logaddexp", "log(exp(x1) + exp(x2))", "g * exp(x1 - y)", "g * exp(x2 - y)")
rule("logaddexp2", "log2(2 ** x1 + 2 ** x2)", "g * 2 ** (x1 - y)", "g * 2 ** (x2 - y)")

# Angles and their hyperbolic kin

rule("sin", "sin(x)", "g * cos(x)")
rule("cos", "cos(x)", "-g * sin(x)")
rule("tan", "tan(x)", "g * (1 + y**2)")
rule("arcsin", "arcsin(x)", "g / sqrt(1 - x**2)")
rule("arccos", "arccos(x)", "-g / sqrt(1 - x**2)")
rule("arctan", "arctan(x)", "g / (1 + x**2)")
rule("arctan2", "arctan2(x1, x2)", "g * x2 / (x1**2 + x2**2)", "-g * x1 / (x1**2 + x2**2)")
rule("sinh", "sinh(x)", "g * cosh(x)")
rule("cosh", "cosh(x)", "g * sinh(x)")
rule("tanh", "tanh(x)", "g * (1 - y**2)")
rule("arcsinh", "log(x + sqrt(x**2 + 1))", "g / sqrt(x**2 + 1)")
rule("arccosh", "log(x + sqrt(x**2 - 1))", "g / sqrt(x**2 - 1)")
rule("arctanh", "log((1 + x) / (1 - x)) / 2", "g / (1 - x**2)")

# Rounding

rule("floor", "floor(x)", "0 * g", words=STEPS)
rule("ceil", "ceil(x)", "0 * g", words=STEPS)
rule("trunc", "trunc(x)", "0 * g", words=STEPS)
rule("round_to", "round(x, decimals)", "0 * g", words=STEPS)

# Special functions

rule("erf", "erf(x)", "g * 2 / sqrt(pi) * exp(-x**2)")
rule("erfc", "1 - erf(x)", "-g * 2 / sqrt(pi) * exp(-x**2)")
rule("erfinv", "erfinv(x)", "g * sqrt(pi) / 2 * exp(y**2)")
rule("i0", "I0(x)", "g * I1(x)", words="The modified Bessel function of order 0.")
rule(
    "i1",
    "I1(x)",
    "g * (I0(x) - where(x == 0, 1 / 2, y / x))",
    words="Bessel's, of order 1.",
)
rule("normal_cdf", "(1 + erf(x / sqrt(2))) / 2", "g * exp(-x**2 / 2) / sqrt(2 * pi)")

# Activations

rule("relu", "where(x > 0, x, 0)", "where(x > 0, g, 0)", words="At 0 the slope 0 is taken.")
rule("relu_slope", "where(x > 0, d, 0)", "where(x > 0, g, 0)", None, inputs="d x")
rule("relu6", "min(max(x, 0), 6)", "where((x > 0) & (x < 6), g, 0)")
rule("leaky", "where(x >= 0, x, slope * x)", "where(x >= 0, g, slope * g)", None, inputs="x slope")
rule(
    "exponential_linear",
    "where(x > 0, x, alpha * (exp(x) - 1))",
    "where(x > 0, g, g * alpha * exp(x))",
    None,
    inputs="x alpha",
)
rule("sigmoid", "1 / (1 + exp(-x))", "g * y * (1 - y)")
rule("hard_sigmoid", "min(max(x + 3, 0), 6) / 6", "where(abs(x) < 3, g / 6, 0)")
rule("softplus", "log(1 + exp(x))", "g * sigmoid(x)")
rule("silu", "x * sigmoid(x)", "g * sigmoid(x) * (1 + x * (1 - sigmoid(x)))")
SILU = "sigmoid(x) * (1 + x * (1 - sigmoid(x)))"
rule(
    "silu_slope",
    f"d * {SILU}",
    f"g * {SILU}",
    "g * d * sigmoid(x) * (1 - sigmoid(x)) * (2 + x * (1 - 2 * sigmoid(x)))",
    inputs="d x",
)
BEND = "sqrt(2 / pi) * (x + 0.044715 * x**3)"
BENT = "sqrt(2 / pi) * (1 + 0.134145 * x**2)"
TANH = f"(1 - tanh({BEND})**2)"
SLOPE = f"((1 + tanh({BEND})) / 2 + x / 2 * {TANH} * {BENT})"
rule("gelu_tanh", f"x / 2 * (1 + tanh({BEND}))", f"g * {SLOPE}")
rule(
    "gelu_tanh_slope",
    f"d * {SLOPE}",
    f"g * {SLOPE}",
    f"g * d * {TANH} * ({BENT} * (1 - x * tanh({BEND}) * {BENT}) + x**2 * sqrt(2 / pi) * 0.134145)",
    inputs="d x",
)
PHI = "exp(-x**2 / 2) / sqrt(2 * pi)"
rule("gelu_erf", "x * (1 + erf(x / sqrt(2))) / 2", f"g * ((1 + erf(x / sqrt(2))) / 2 + x * {PHI})")
rule(
    "gelu_erf_slope",
    f"d * ((1 + erf(x / sqrt(2))) / 2 + x * {PHI})",
    f"g * ((1 + erf(x / sqrt(2))) / 2 + x * {PHI})",
    f"g * d * {PHI} * (2 - x**2)",
    inputs="d x",
)

# Probabilities

rule("softmax", "exp(x) / sum(exp(x), axes)", "y * (g - sum(g * y, axes))")
rule("log_softmax", "x - log(sum(exp(x), axes))", "g - exp(y) * sum(g, axes)")
rule(
    "softmax_slope",
    "p * (d - sum(d * p, axes))",
    "p * (g - sum(g * p, axes))",
    "g * (d - sum(d * p, axes)) - d * sum(g * p, axes)",
    inputs="d p",
)
rule(
    "log_softmax_slope",
    "d - exp(l) * sum(d, axes)",
    "g - sum(g * exp(l), axes)",
    "-g * exp(l) * sum(d, axes)",
    inputs="d l",
)
rule(
    "sparsemax",
    "max(x - threshold(x, axis), 0)",
    "where(y > 0, g - sum(where(y > 0, g, 0), axis) / sum(where(y > 0, 1, 0), axis), 0)",
    words="On those that stay positive: the gradient less its mean.",
)
rule(
    "binary_crossentropy_of_logits",
    "log(1 + exp(x)) - t * x",
    "-g * x",
    "g * (sigmoid(x) - t)",
    inputs="t x",
    words="The gradient by the logit is the probability minus the truth.",
)
rule(
    "dense_crossentropy",
    "sum(-t * log(softmax(x)), last)",
    "column(g[0]) * (softmax(x) * sum(t, 1) - t)",
    "-column(g[0]) * log(softmax(x))",
    inputs="x t",
    words="The gradient by the logits is the probabilities minus the truth.",
)
rule(
    "sparse_crossentropy",
    "-log(pick(softmax(x), k))",
    "column(g[0]) * (softmax(x) - one_hot(k, x))",
    None,
    inputs="x k",
    words="The gradient by the logits is the probabilities, less 1 at the true class.",
)
rule(
    "dense_crossentropy_slope",
    "column(u) * (softmax(x) * sum(t, 1) - t)",
    "sum(t, 1) * softmax(x) * (column(u) * g - sum(column(u) * g * softmax(x), 1))",
    "sum(column(u) * g * softmax(x), 1) - column(u) * g",
    None,
    "row(sum(g * (softmax(x) * sum(t, 1) - t), last))",
    inputs="x t s u",
)
rule(
    "sparse_crossentropy_slope",
    "column(u) * (softmax(x) - one_hot(k, x))",
    "softmax(x) * (column(u) * g - sum(column(u) * g * softmax(x), 1))",
    None,
    None,
    "row(sum(g * (softmax(x) - one_hot(k, x)), last))",
    inputs="x k s u",
)
rule(
    "pick_class", "pick(p, k)", "transpose_of(p)", None, inputs="p k", words="To the class picked."
)
rule("place_class", "place(x, k)", "transpose_of(x)", None, inputs="x k", words="What was placed.")
