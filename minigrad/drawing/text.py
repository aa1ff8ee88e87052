"""Scenes as text that other programs draw: Graphviz's DOT and Mermaid."""

import re

from minigrad.drawing.scene import COLOURS


def _quoted(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def dot(scene):
    """The scene in the language of Graphviz."""
    number = {key: f"n{index}" for index, key in enumerate(scene.cards)}
    direction = "LR" if scene.direction == "right" else "TB"
    lines = [
        "digraph minigrad {",
        f"  rankdir={direction};",
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=10];',
        '  edge [color="#7a869a"];',
    ]
    if scene.title:
        lines.append(f"  label={_quoted(scene.title)}; labelloc=t;")

    def inside(box, depth):
        pad = "  " * depth
        for card in scene.cards.values():
            if card.box == box:
                label = "\n".join([card.title, *card.lines])
                fill, line = COLOURS[card.kind]
                lines.append(
                    f"{pad}{number[card.key]} [label={_quoted(label)}, "
                    f'fillcolor="{fill}", color="{line}"];'
                )
        for child in scene.boxes():
            if child[:-1] == box:
                lines.append(f"{pad}subgraph cluster_{clusters.index(child)} {{")
                lines.append(f"{pad}  label={_quoted(scene.caption(child))};")
                inside(child, depth + 1)
                lines.append(f"{pad}}}")

    clusters = scene.boxes()
    inside((), 1)
    for source, target, label in scene.edges:
        shown = f" [label={_quoted(label)}]" if label else ""
        lines.append(f"  {number[source]} -> {number[target]}{shown};")
    return "\n".join([*lines, "}"]) + "\n"


def mermaid(scene):
    """The scene in the language of Mermaid, which GitHub and notebooks draw in Markdown."""
    number = {key: f"n{index}" for index, key in enumerate(scene.cards)}
    boxes = scene.boxes()
    lines = ["flowchart " + ("LR" if scene.direction == "right" else "TB")]

    def label_of(text):
        return '"' + re.sub(r'["<>#]', lambda found: f"#{ord(found[0])};", text) + '"'

    def inside(box, depth):
        pad = "  " * depth
        for card in scene.cards.values():
            if card.box == box:
                text = "<br/>".join(
                    re.sub(r'["<>#]', lambda found: f"#{ord(found[0])};", one)
                    for one in [card.title, *card.lines]
                )
                lines.append(f'{pad}{number[card.key]}["{text}"]:::{card.kind}')
        for child in boxes:
            if child[:-1] == box:
                lines.append(
                    f"{pad}subgraph b{boxes.index(child)}[{label_of(scene.caption(child))}]"
                )
                inside(child, depth + 1)
                lines.append(f"{pad}end")

    inside((), 1)
    for source, target, label in scene.edges:
        arrow = f"-->|{label_of(label)}|" if label else "-->"
        lines.append(f"  {number[source]} {arrow} {number[target]}")
    kinds = dict.fromkeys(card.kind for card in scene.cards.values())
    for kind in kinds:
        fill, line = COLOURS[kind]
        lines.append(f"  classDef {kind} fill:{fill},stroke:{line}")
    return "\n".join(lines) + "\n"
