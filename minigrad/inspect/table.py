"""Tables: in a terminal, as HTML, as a matplotlib figure."""

import html

HTML_STYLE = (
    "border-collapse:collapse;font:12px/1.5 Menlo,Consolas,monospace;text-align:left;color:#223"
)
HEAD = "padding:3px 10px;border-bottom:2px solid #9fb3cf;text-align:left;font-family:sans-serif"
CELL = "padding:2px 10px;border-bottom:1px solid #e4ecf6;text-align:left;white-space:nowrap"


class Markup(str):
    """A cell that has HTML of its own, in `.html`."""

    html: str

    def __new__(cls, text, markup):
        made = super().__new__(cls, text)
        made.html = markup
        return made


def text_table(header, rows, widest=46):
    """Columns of equal width, separated by two spaces.

    >>> print(text_table(["op", "n"], [["add", 1], ["multiply", 20]]))
    op        n
    ────────  ──
    add       1
    multiply  20
    """
    table = [[_cut(str(one), widest) for one in row] for row in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*table)]
    lines = ["  ".join(f"{one:<{w}}" for one, w in zip(row, widths)).rstrip() for row in table]
    lines.insert(1, "  ".join("─" * w for w in widths))
    return "\n".join(lines)


def _cut(text, widest):
    return text if len(text) <= widest else text[: widest - 1] + "…"


def html_table(header, rows, title="", colours=None):
    """An HTML table; `colours` is a colour (or None) per row."""
    head = "".join(f'<th style="{HEAD}">{html.escape(str(one))}</th>' for one in header)
    body = []
    for index, row in enumerate(rows):
        tint = f' style="background:{colours[index]}"' if colours and colours[index] else ""
        cells = "".join(
            f'<td style="{CELL}">{getattr(one, "html", None) or html.escape(str(one))}</td>'
            for one in row
        )
        body.append(f"<tr{tint}>{cells}</tr>")
    above = (
        f'<div style="font:bold 13px sans-serif;padding:4px 10px">{html.escape(title)}</div>'
        if title
        else ""
    )
    return (
        f'<div style="overflow:auto">{above}<table style="{HTML_STYLE}"><thead><tr>{head}</tr>'
        f"</thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def figure_table(header, rows, title="", colours=None, widest=46):
    """A matplotlib figure of a table."""
    from matplotlib.figure import Figure

    table = [[_cut(str(one), widest) for one in row] for row in [header, *rows]]
    widths = [max(map(len, column)) + 2 for column in zip(*table)]
    character, line = 0.075, 0.22  # inches
    width, height = sum(widths) * character + 0.2, (len(table) + 1 + bool(title)) * line
    made = Figure(figsize=(width, height))
    axes = made.add_axes((0, 0, 1, 1))
    axes.axis("off")
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    y = line
    if title:
        axes.text(0.1, y, title, fontsize=9, weight="bold")
        y += line
    for index, row in enumerate(table):
        if index and colours and colours[index - 1]:
            axes.axhspan(y - line * 0.72, y + line * 0.28, color=colours[index - 1], zorder=0)
        x = 0.1
        for one, w in zip(row, widths):
            axes.text(
                x, y, one.replace("$", r"\$"), fontsize=8, family="monospace",
                weight="normal" if index else "bold",
            )  # fmt: skip
            x += w * character
        if not index:
            axes.axhline(y + line * 0.3, color="#9fb3cf", lw=1)
        y += line
    return made
