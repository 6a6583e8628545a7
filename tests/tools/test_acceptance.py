"""The acceptance table: every test has a row, rows show what shipped experiments check, and all of it can be measured anew."""

from __future__ import annotations

import re

import attrs
import pytest

from hicannx.configs.experiment import load_experiment
from hicannx.tools.doc.acceptance import (
    acceptance_lines,
    acceptance_rows,
    accepting_experiments,
    kept_measurements,
    measure_acceptance,
)


def checks() -> list[tuple[str, str, str, str]]:
    """Experiment, id, quantity and bound of all checks that belong to an acceptance test."""
    found = [(name, one) for name in accepting_experiments() for one in load_experiment(name).checks if one.id]
    return [(name, one.id, one.quantity, one.bound_text()) for name, one in found]


def test_there_are_22_acceptance_tests_and_no_others() -> None:
    assert list(acceptance_rows()) == [f"V{number}" for number in range(1, 23)]
    assert {id_ for _, id_, _, _ in checks()} <= acceptance_rows().keys()


def test_what_is_kept_is_what_experiments_check() -> None:
    kept = [(one.experiment, one.id, one.quantity, one.bound) for one in kept_measurements()]
    assert kept
    assert [one for one in kept if one not in checks()] == []


def test_the_table_has_a_line_for_each_check_and_for_each_test_without_one() -> None:
    lines = [line for line in acceptance_lines(kept_measurements()) if re.match(r"\| V\d", line)]
    measured = {one.id for one in kept_measurements()}
    assert len(lines) == len(kept_measurements()) + len(acceptance_rows().keys() - measured)
    assert all(line.count("|") - line.count("\\|") == 8 for line in lines)


@pytest.mark.slow
def test_what_is_kept_is_measured_again() -> None:
    """The same verdicts and, but for the rounding of another processor, the same values."""
    kept = kept_measurements()
    assert sorted({one.experiment for one in kept}) == accepting_experiments()
    for new, old in zip(measure_acceptance(accepting_experiments()), kept, strict=True):
        value = float(new.value.split()[0])
        assert value == pytest.approx(float(old.value.split()[0]), rel=0.05, abs=0.02), new
        assert attrs.evolve(new, value=old.value) == old
