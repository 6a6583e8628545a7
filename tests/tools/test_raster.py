"""Counting, correlation and the two ways of drawing."""

from __future__ import annotations

import io

import numpy as np
import pytest

from hicannx.tools.raster import correlation, count_spikes, draw_png, draw_text

times = np.array([-1.0, 0.0, 999.0, 1000.0, 2500.0, 3000.0])
neurons = np.array([0, 0, 0, 1, 1, 0])


def test_counts() -> None:
    assert count_spikes(times, neurons, 2, 3, 1000.0).tolist() == [[2, 0, 0], [0, 1, 1]]


def test_correlation() -> None:
    sent = np.array([[0, 63], [63, 0]])
    assert correlation(sent, np.array([[1, 21], [21, 1]])) == pytest.approx(1.0)
    assert correlation(sent, np.array([[21, 1], [1, 21]])) == pytest.approx(-1.0)
    assert correlation(sent, np.zeros((2, 2), dtype=np.int64)) == 0.0


def test_text() -> None:
    counts = np.array([[4, 0, 4, 0], [4, 4, 0, 0]])
    assert draw_text(counts) == "█▄▀"
    assert draw_text(counts[:1]) == "▀ ▀"
    assert draw_text(np.array([[1], [0]]), color=True) == "\x1b[38;5;255;48;5;232m▀\x1b[0m"


@pytest.mark.parametrize("matplotlib", [True, False])
def test_png(matplotlib: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    if matplotlib:
        pytest.importorskip("matplotlib")
    else:
        monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with Image.open(io.BytesIO(draw_png(times, neurons, 2, 3, 1000.0, "a title"))) as picture:
        assert picture.format == "PNG"
        if not matplotlib:
            assert picture.size == (30, 20)
            dark = np.argwhere(np.asarray(picture) == 0)
            assert set(dark[:, 1]) == {0, 9, 10, 25}
