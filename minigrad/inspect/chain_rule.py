"""The chain rule of one step, as an equation in LaTeX and in MathML."""

import html

from minigrad.inspect.numbers import number


def latex(step, share):
    """dL/dx += dL/dy · dy/dx, with the numbers where they are scalars."""
    x, y = _latex_name(share.name), _latex_name(step.name)
    left = rf"\frac{{\partial L}}{{\partial {x}}} \mathrel{{+}}="
    upstream = rf"\frac{{\partial L}}{{\partial {y}}}"
    names = step.words(_latex_name) | {"y": y, "g": upstream}
    if share.local is None:
        return left + (f" {share.formula.latex_with(names)}" if share.formula else "")
    chain = rf"{left} {upstream} \cdot \frac{{\partial {y}}}{{\partial {x}}}"
    if _scalar(step, share):
        g, local, product = (_plain(number(one)) for one in _numbers(step, share))
        local = rf"\left({local}\right)" if local.startswith("-") else local
        return rf"{chain} = {g} \cdot {local} = {product}"
    return chain + (f" = {share.formula.latex_with(names)}" if share.formula else "")


def mathml(step, share):
    """The same in MathML."""
    x, y = _mathml_name(share.name), _mathml_name(step.name)
    left = _slope("<mi>L</mi>", x) + "<mo>+=</mo>"
    upstream = _slope("<mi>L</mi>", y)
    names = step.words(_mathml_name) | {"y": y, "g": upstream}
    if share.local is None:
        inner = left + (share.formula.mathml_with(names) if share.formula else "")
        return f"<math>{inner}</math>"
    chain = f"{left}{upstream}<mo>·</mo>{_slope(y, x)}"
    if _scalar(step, share):
        g, local, product = map(number, _numbers(step, share))
        local = f"<mo>(</mo><mn>{local}</mn><mo>)</mo>" if local[0] == "−" else f"<mn>{local}</mn>"
        end = f"<mo>=</mo><mn>{g}</mn><mo>·</mo>{local}<mo>=</mo><mn>{product}</mn>"
    else:
        end = f"<mo>=</mo>{share.formula.mathml_with(names)}" if share.formula else ""
    return f"<math>{chain}{end}</math>"


def _scalar(step, share):
    return step.is_scalar and share.value.ndim == 0


def _numbers(step, share):
    return step.upstream, share.local, share.added


def _plain(text):
    return text.replace("−", "-")


def _is_number(name):
    return name.replace("−", "").replace(".", "").isdigit()


def _latex_name(name):
    """A name of the tape in LaTeX: #3 is v₃."""
    if name.startswith("#"):
        return f"v_{{{name[1:]}}}"
    if name[:1] == "x" and name[1:].isdigit():
        return f"x_{{{name[1:]}}}"
    return _plain(name) if _is_number(name) else r"\mathrm{" + name.replace("_", r"\_") + "}"


def _mathml_name(name):
    if name.startswith("#"):
        return f"<msub><mi>v</mi><mn>{name[1:]}</mn></msub>"
    if name[:1] == "x" and name[1:].isdigit():
        return f"<msub><mi>x</mi><mn>{name[1:]}</mn></msub>"
    tag = "mn" if _is_number(name) else "mtext"
    return f"<{tag}>{html.escape(name)}</{tag}>"


def _slope(above, below):
    return f"<mfrac><mrow><mo>∂</mo>{above}</mrow><mrow><mo>∂</mo>{below}</mrow></mfrac>"
