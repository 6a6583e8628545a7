"""Pictures: the shipped ones, reading, levels and packing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hicannx.configs.picture import load_picture, pack_columns, to_weights
from hicannx.configs.shipped import find_shipped, shipped_names
from hicannx.diagnostic import DiagnosticError
from hicannx.render import render_text


def test_shipped_pictures_are_as_the_experiments_need_them() -> None:
    two = load_picture(find_shipped("pictures", "fly_in_honey_pot"), 64, 64)
    assert two.shape == (64, 64)
    assert set(np.unique(two)) == {0, 255}
    assert 0.25 < (two > 0).mean() < 0.5
    grey = load_picture(find_shipped("pictures", "honey_pot_grey"), 64, 64)
    assert len(np.unique(to_weights(grey, 63, None))) == 64


def test_levels() -> None:
    grey = np.array([[0, 127, 128, 255]], dtype=np.uint8)
    assert to_weights(grey, 63, 128).tolist() == [[0, 0, 63, 63]]
    assert to_weights(grey, 63, None).tolist() == [[0, 31, 32, 63]]


def test_columns_are_packed_with_even_rows_first() -> None:
    weights = np.arange(8, dtype=np.uint8).reshape(4, 2)  # rows (0, 1), (2, 3), (4, 5), (6, 7)
    assert list(pack_columns(weights)) == [0, 4, 2, 6, 1, 5, 3, 7]


def test_other_sizes_are_fitted(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (200, 100), (255, 255, 255)).save(tmp_path / "wide.png")
    assert load_picture(tmp_path / "wide.png", 64, 64).shape == (64, 64)


def test_an_unreadable_picture(tmp_path: Path) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(b"not a picture")
    with pytest.raises(DiagnosticError) as caught:
        load_picture(path, 64, 64)
    assert render_text(caught.value.diagnostics) == (
        f"error[C202]: cannot read the picture `{path}`: this is not a picture in a format known here\n"
        "  = help: give a PNG, JPEG or PGM file, whole and readable"
    )


def test_a_truncated_picture(tmp_path: Path) -> None:
    whole = find_shipped("pictures", "fly_in_honey_pot").read_bytes()
    (tmp_path / "cut.pgm").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DiagnosticError) as caught:
        load_picture(tmp_path / "cut.pgm", 64, 64)
    assert caught.value.diagnostics[0].code == "C202"


def test_a_missing_picture(tmp_path: Path) -> None:
    path = tmp_path / "none.png"
    with pytest.raises(DiagnosticError) as caught:
        load_picture(path, 64, 64)
    assert caught.value.diagnostics[0].title == f"cannot read the picture `{path}`: no such file or directory"


def test_names_that_are_not_shipped() -> None:
    assert "picture" in shipped_names("experiments")
    with pytest.raises(DiagnosticError) as caught:
        find_shipped("experiments", "pictur")
    assert render_text(caught.value.diagnostics) == (
        "error[C201]: there is no experiment named `pictur`\n  = help: did you mean `picture`? or give a path"
    )
