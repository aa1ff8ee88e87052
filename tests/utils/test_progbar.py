"""The progress bar: what it averages, and what a screen and a log file get to see."""

import io
import logging
import os
import re

import numpy as np
import pytest

from minigrad import settings
from minigrad.messages import print_msg
from minigrad.utils import Progbar, progbar


class Screen:
    """What was written to a standard output that can rewrite its line."""

    def __init__(self, capsys):
        self.capsys, self.text = capsys, ""

    def getvalue(self):
        self.text += self.capsys.readouterr().out
        return self.text


@pytest.fixture
def screen(monkeypatch, capsys):
    monkeypatch.setattr(progbar, "_line_can_be_rewritten", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(progbar.shutil, "get_terminal_size", lambda: os.terminal_size((80, 24)))
    return Screen(capsys)


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test moves by hand: clock[0] is now, in seconds."""
    now = [100.0]
    monkeypatch.setattr(progbar.time, "perf_counter", lambda: now[0])
    return now


def lines_seen(screen):
    """What stays on the screen: a carriage return lets the next text write over the line."""
    seen = []
    for line in re.sub(r"\x1b\[\d+m", "", screen.getvalue()).split("\n"):
        shown = ""
        for text in line.split("\r"):
            shown = text + shown[len(text) :]
        seen.append(shown.rstrip())
    return seen[:-1] if seen[-1] == "" else seen


def test_a_terminal_shows_one_line_that_ends_with_the_loop(screen, clock):
    bar = Progbar(target=10)
    for step in range(1, 11):
        clock[0] += 0.5
        bar.update(step, values=[("loss", 1 / step)])
    assert lines_seen(screen) == [f"10/10 {'━' * 20} 5s 500ms/step - loss: 0.1000"]
    assert screen.getvalue().count("\n") == 1


def test_the_bar_is_as_long_as_the_share_done_and_tells_the_time_left(screen, clock):
    bar = Progbar(target=200, interval=0)
    bar.update(1)
    clock[0] += 49
    bar.update(50)
    assert lines_seen(screen) == [f" 50/200 {'━' * 20} 2:30 1s/step"]
    assert f"\x1b[32m{'━' * 5}\x1b[0m\x1b[37m{'━' * 15}\x1b[0m" in screen.getvalue()


@pytest.mark.parametrize("left, shown", [(9, "9s"), (75, "1:15"), (3661, "1:01:01")])
def test_the_time_left_is_in_hours_minutes_and_seconds(left, shown):
    assert progbar._duration(left) == shown


def test_updates_come_no_faster_than_the_interval(screen, clock):
    bar = Progbar(target=1000, interval=0.05)
    for step in range(1, 101):
        clock[0] += 0.01
        bar.update(step)
    assert 15 <= screen.getvalue().count("\r") <= 21


def test_a_shorter_line_wipes_the_longer_one(screen, clock):
    bar = Progbar(target=2, interval=0)
    bar.update(1, values=[("loss", 123456.0)])
    bar.update(2, values=[("loss", 1.0)])
    assert lines_seen(screen)[0].endswith("- loss: 1.0000")


def test_a_line_wider_than_the_terminal_is_cut_until_the_last(screen, clock):
    bar = Progbar(target=2, interval=0)
    values = [(f"a_metric_with_a_long_name_{i}", 1.0) for i in range(5)]
    bar.update(1, values)
    assert len(lines_seen(screen)[0]) == 79
    bar.update(2, values)
    assert all(name in lines_seen(screen)[0] for name, _ in values)


def test_no_color_is_respected(screen, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    bar = Progbar(target=4, interval=0)
    bar.update(2)
    assert "\x1b" not in screen.getvalue() and f"{'━' * 10}{'·' * 10}" in screen.getvalue()


def test_a_log_file_gets_plain_lines_and_few(capsys, clock):
    bar = Progbar(target=1000)
    for step in range(1, 1001):
        clock[0] += 0.03
        bar.update(step, values=[("loss", 2.0)])
    out = capsys.readouterr().out
    assert "\r" not in out and "\x1b" not in out
    assert [line.split()[0] for line in out.splitlines()] == ["334/1000", "668/1000", "1000/1000"]


def test_an_unknown_target_counts(screen, clock):
    bar = Progbar(target=None, interval=0)
    bar.update(7)
    bar.update(8, finalize=True)
    assert lines_seen(screen)[0].lstrip().startswith("8/Unknown 0s")


def test_verbose_2_is_one_line_at_the_end_and_verbose_0_none(capsys, clock):
    for verbose in (0, 2):
        bar = Progbar(target=2, verbose=verbose)
        bar.update(1, values=[("loss", 3.0)])
        clock[0] += 0.004
        bar.update(2, values=[("loss", 0.5)])
    assert capsys.readouterr().out == "2/2 - 0s - 4ms/step - loss: 0.5000\n"


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ({}, 2.0),
        ({"stateless_metrics": ["value"]}, 2.0),
        ({"stateful_metrics": ["value"]}, 4.0),
        ({"stateless_metrics": []}, 4.0),
    ],
)
def test_metrics_are_averaged_over_steps_or_shown_as_they_come(arguments, expected, capsys):
    bar = Progbar(target=9, interval=0, **arguments)
    bar.update(2, values=[("value", 1.0)])  # two steps of 1, one of 4
    bar.update(3, values=[("value", 4.0)])
    assert f"value: {expected:.4f}" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(
    "value, shown",
    [
        (1.0, "1.0000"),
        (np.array(2.0, np.float32), "2.0000"),
        ([0.0, 1.0, 2.0], "1.0000"),
        (0.0002, "2.0000e-04"),
        (-5.0, "-5.0000"),
        (float("nan"), "nan"),
    ],
)
def test_values_of_any_kind_are_shown(value, shown, capsys):
    Progbar(target=1).update(1, values=[("value", value)])
    assert f"value: {shown}\n" in capsys.readouterr().out


@pytest.mark.parametrize("verbose", [1, 2])
def test_a_target_of_zero_is_no_error(verbose, capsys):
    Progbar(target=0, verbose=verbose).update(0, finalize=True)
    assert "nan" not in capsys.readouterr().out


def test_both_lists_of_metrics_at_once_are_refused():
    with pytest.raises(ValueError, match="Only one of"):
        Progbar(target=1, stateful_metrics=[], stateless_metrics=[])


def test_without_interactive_logging_messages_go_to_the_logger(caplog, capsys):
    settings.disable_interactive_logging()
    try:
        with caplog.at_level(logging.INFO, logger="minigrad"):
            print_msg("to the log")
    finally:
        settings.enable_interactive_logging()
    assert caplog.messages == ["to the log"] and capsys.readouterr().out == ""


def test_a_terminal_without_box_drawing_gets_ascii(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii", newline=""))
    print_msg("━━ é")
    assert raw.getvalue() == b"== ?\n"


@pytest.mark.parametrize(
    "terminal, kind, modules, moves",
    [
        (True, "xterm", (), True),
        (True, "dumb", (), False),
        (False, "xterm", (), False),
        (False, "xterm", ("ipykernel",), True),
    ],
)
def test_lines_are_rewritten_on_screens_alone(terminal, kind, modules, moves, monkeypatch):
    monkeypatch.setattr("sys.stdout", io.StringIO())
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    monkeypatch.setenv("TERM", kind)
    monkeypatch.delenv("PYCHARM_HOSTED", raising=False)
    for module in modules:
        monkeypatch.setitem(progbar.sys.modules, module, None)
    assert progbar._line_can_be_rewritten() is moves


def test_an_update_is_due_once_the_interval_has_passed(screen):
    bar = Progbar(target=10, interval=1000)
    assert bar.is_due()
    bar.update(1)
    assert not bar.is_due()
