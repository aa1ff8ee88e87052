"""LivePlot: in place in a terminal and a notebook, a line per epoch in a log."""

import io
import re
import sys
import types

import numpy as np
import pytest

import minigrad as mg
from minigrad.callbacks import LivePlot
from minigrad.utils.braille import braille_chart

X = np.linspace(-1, 1, 16, dtype="float32")[:, None]


def fitted(plot, epochs=3, verbose=0, **arguments):
    mg.utils.set_random_seed(0)
    model = mg.Sequential([mg.Input((1,)), mg.layers.Dense(1)])
    model.compile(mg.optimizers.SGD(0.25), "mse", metrics=["mae"])
    history = model.fit(X, X, epochs=epochs, verbose=verbose, callbacks=[plot], **arguments)
    return history, model.get_weights()


def screen(text, height=40):
    """What a terminal shows that was sent `text`: the few controls that we use."""
    lines, row, column = [""], 0, 0
    for control, count, plain in re.findall(r"\x1b\[(\d*)([A-Za-z])|([^\x1b])", text):
        if count:
            n = int(control or 1)
            if count == "A":
                row = max(row - n, 0)
            elif count == "B":
                row += n
            elif count == "M":
                del lines[row : row + n]
            elif count == "K":
                lines[row] = lines[row][:column]
            continue
        while len(lines) <= row:
            lines.append("")
        if plain == "\n":
            row, column = row + 1, 0
        elif plain == "\r":
            column = 0
        else:
            lines[row] = lines[row][:column].ljust(column) + plain + lines[row][column + 1 :]
            column += 1
        while len(lines) <= row:
            lines.append("")
    return [line.rstrip() for line in lines]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_log_has_a_line_per_epoch(capsys):
    history, _ = fitted(LivePlot())
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    losses = [float(re.search(r"loss ([\d.e-]+)", line)[1]) for line in lines]
    assert losses == pytest.approx(history.history["loss"], rel=1e-3)
    assert all("learning_rate 0.25" in line for line in lines)
    assert "\x1b" not in "".join(lines)


def test_the_terminal_keeps_other_output_and_has_the_curves_once(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    plot = LivePlot(where="terminal")
    say = mg.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: print(f"epoch {epoch}"))
    mg.utils.set_random_seed(0)
    model = mg.Sequential([mg.Input((1,)), mg.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, X, epochs=4, verbose=0, callbacks=[plot, say])
    assert sys.stdout is terminal
    shown = [line for line in screen(terminal.getvalue()) if line]
    assert shown[:4] == ["epoch 0", "epoch 1", "epoch 2", "epoch 3"]
    assert shown[4:] == [line for line in plot.lines(80) if line]
    assert any("⠀" < letter <= "⣿" for line in shown[4:] for letter in line)


def test_a_notebook_is_updated_in_its_place(monkeypatch):
    shown = []

    class Handle:
        def update(self, picture):
            shown.append(("update", picture._repr_png_()[:4]))

    def display(picture, display_id):
        shown.append(("display", picture._repr_png_()[:4]))
        return Handle()

    module = types.SimpleNamespace(display=display)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    fitted(LivePlot(where="notebook"))
    assert shown == [("display", b"\x89PNG"), *[("update", b"\x89PNG")] * 2]


CELL = """
import minigrad as mg
print("before")
model = mg.Sequential([mg.Input((1,)), mg.layers.Dense(1)])
model.compile("sgd", "mse")
other = mg.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print("epoch", epoch))
x = mg.ops.ones((4, 1))
model.fit(x, x, epochs=3, verbose=0, callbacks=[mg.callbacks.LivePlot(), other])
print("after")
"""


@pytest.mark.slow
def test_a_real_notebook_keeps_one_picture_and_all_other_output():
    client = pytest.importorskip("nbclient", reason="needs nbclient and ipykernel")
    pytest.importorskip("ipykernel", reason="needs nbclient and ipykernel")
    notebook = pytest.importorskip("nbformat").v4
    book = notebook.new_notebook(cells=[notebook.new_code_cell(CELL)])
    one = client.NotebookClient(book, timeout=120, kernel_name="python3")
    messages, take = [], one.process_message

    def noted(message, *rest):
        messages.append(message["msg_type"])
        return take(message, *rest)

    one.process_message = noted
    one.execute()
    outputs = book.cells[0].outputs
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == 1  # shown once, then updated in its place
    assert messages.count("display_data") == 1 and messages.count("update_display_data") == 2
    assert "clear_output" not in messages
    printed = "".join(output.text for output in outputs if output.output_type == "stream")
    assert printed.split("\n") == ["before", "epoch 0", "epoch 1", "epoch 2", "after", ""]


def test_rare_validation_stands_at_its_epochs_and_the_figure_is_saved(tmp_path, capsys):
    plot = LivePlot(path=tmp_path / "curves.png", every=2)
    history, _ = fitted(plot, epochs=4, validation_data=(X, X), validation_freq=2)
    assert np.isnan(plot.curves["val_loss"]).tolist() == [True, False, True, False]
    assert plot.curves["loss"] == pytest.approx(history.history["loss"])
    assert len(capsys.readouterr().out.splitlines()) == 3  # the first epoch, and every second
    assert (tmp_path / "curves.png").read_bytes()[:4] == b"\x89PNG"
    labels = [axes.get_ylabel() for axes in plot.plot().axes]
    assert labels == ["loss", "mae", "learning rate"]


def test_training_is_the_same_with_it(capsys):
    _, with_it = fitted(LivePlot())
    _, without = fitted(mg.callbacks.Callback())
    for one, other in zip(with_it, without, strict=True):
        assert np.array_equal(one, other)


def test_an_unknown_place_is_an_error():
    with pytest.raises(ValueError, match="where='paper'"):
        LivePlot(where="paper")


def test_a_braille_chart_rises_and_falls_with_its_curve():
    rising = braille_chart([np.arange(10)], width=5, height=3)
    falling = braille_chart([np.arange(10)[::-1]], width=5, height=3)
    filled = [[letter != "⠀" for letter in line.split("┤")[1]] for line in rising]
    assert filled[2][0]
    assert filled[0][4]
    assert not filled[0][0]
    assert [line.split("┤")[1][0] != "⠀" for line in falling] == [True, False, False]
    assert rising[0].startswith("9 ┤")
    assert rising[2].startswith("0 ┤")
    assert braille_chart([[float("nan")]]) == []


def test_an_error_in_fit_leaves_standard_output_as_it_was(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    stop = mg.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: 1 / 0)
    model = mg.Sequential([mg.Input((1,)), mg.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ZeroDivisionError):
        model.fit(X, X, verbose=0, callbacks=[LivePlot(where="terminal"), stop])
    assert sys.stdout is terminal
