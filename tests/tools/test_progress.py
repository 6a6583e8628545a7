"""The progress bar: silent for what is quick or where nobody looks."""

from __future__ import annotations

import pytest

from hicannx.tools import execution


def test_a_quick_run_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with execution.progress_bar(shown=True) as progress:
        progress(0.5)
    assert capsys.readouterr() == ("", "")


def test_a_slow_run_shows_a_bar_where_somebody_looks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "_patience_s", -1.0)
    for shown in (False, True):
        with execution.progress_bar(shown=shown) as progress:
            progress(0.25)
            progress(1.0)
        captured = capsys.readouterr()
        assert captured.out == ""
        assert ("running" in captured.err) == shown
