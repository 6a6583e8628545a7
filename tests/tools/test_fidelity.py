"""The page on the analog model is what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from hicannx.regmodel.transfer import load_transfer
from hicannx.tools.cli import main
from hicannx.tools.doc.fidelity import fidelity_page

page = Path(__file__).parents[2] / "docs" / "fidelity.md"


def test_the_page_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doc", "fidelity"]) == 0
    assert capsys.readouterr().out == page.read_text() == fidelity_page()


@pytest.mark.parametrize("table", ["transfer", "transfer_driver", "transfer_sensor"])
def test_every_quantity_has_a_row_with_its_confidence(table: str) -> None:
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in fidelity_page().splitlines()}
    for name, row in load_transfer(table).quantities.items():
        assert f" | {row.confidence} | " in rows[name]
        assert row.confidence != "low" or row.guess
