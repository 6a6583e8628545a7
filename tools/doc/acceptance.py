"""The acceptance table of the analog core: what experiments have measured, beside what they have to measure."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

import attrs
import yaml

from hicannx.structure import structure
from hicannx.yamlsource import load_resource

if TYPE_CHECKING:
    from hicannx.configs.check import Verdict

measured_file = "acceptance_measured.yaml"


@attrs.frozen
class Row:
    """An acceptance test: what it is about, its criterion, `tests` beside experiments, and what else is to be known."""

    what: str
    criterion: str
    tests: tuple[str, ...] = ()
    note: str = ""


@attrs.frozen
class Measured:
    """A check of an experiment as it was measured: `value` is the one that is furthest off of `count`."""

    id: str
    experiment: str
    quantity: str
    what: str
    value: str
    bound: str
    source: str
    used_to_set: bool
    is_ok: bool


def acceptance_rows() -> dict[str, Row]:
    """The acceptance tests by id."""
    return structure(load_resource(files("hicannx.tools.doc") / "acceptance.yaml"), dict[str, Row])


def kept_measurements() -> list[Measured]:
    """What was measured last, from the table that is kept with the code."""
    return structure(load_resource(files("hicannx.tools.doc") / measured_file), list[Measured])


def accepting_experiments() -> list[str]:
    """The shipped experiments with checks that belong to an acceptance test."""
    from hicannx.configs.experiment import load_experiment
    from hicannx.configs.shipped import shipped_names

    return [name for name in shipped_names("experiments") if any(one.id for one in load_experiment(name).checks)]


def measure_acceptance(names: Sequence[str]) -> list[Measured]:
    """Run experiments one after the other, and hold their checks against what they measure."""
    from hicannx.configs.check import verdict
    from hicannx.configs.experiment import load_experiment
    from hicannx.tools.experiments.registry import measure
    from hicannx.tools.recording import record

    found = []
    for name in names:
        print(f"{name} ...", file=sys.stderr)
        experiment = load_experiment(name)
        quantities = measure(record(experiment))
        found += [_measured(name, verdict(check, quantities)) for check in experiment.checks if check.id]
    return found


def as_yaml(measured: Sequence[Measured]) -> bytes:
    """The table to be kept."""
    head = "# What the experiments have measured for docs/fidelity.md: made by `hicannx doc fidelity --measure`.\n"
    rows = [attrs.asdict(one) for one in measured]
    return (head + yaml.safe_dump(rows, sort_keys=False, allow_unicode=True, width=1000)).encode()


def acceptance_lines(measured: Sequence[Measured]) -> Iterator[str]:
    """The section of the page as Markdown."""
    yield "## Acceptance"
    yield ""
    yield "Measured by the experiments named, which `hicannx run` repeats; of several values the one furthest off is"
    yield "shown. Numbers marked `*` have set a parameter of the model, so that their check is one of the code alone."
    yield ""
    yield "| test | about | quantity | measured | has to be | verdict | by |"
    yield "|--|--|--|--|--|--|--|"
    for name, row in acceptance_rows().items():
        own = [one for one in measured if one.id == name]
        for number, one in enumerate(own):
            about = row.what if number == 0 else ""
            quantity = f"`{one.quantity}` {one.what}".strip()
            mark = " *" if one.used_to_set else ""
            outcome = "ok" if one.is_ok else "not met"
            cells = [name, about, quantity, one.value, f"{one.bound}{mark}", outcome, f"`{one.experiment}`"]
            yield f"| {' | '.join(_plain(cell) for cell in cells)} |"
        if not own:
            by = ", ".join(f"`{one}`" for one in row.tests)
            yield f"| {name} | {_plain(row.what)} | | | {_plain(row.criterion)} | {'' if by else 'open'} | {by} |"
    yield ""
    yield from (f"{name}: {row.note}\n" for name, row in acceptance_rows().items() if row.note)


def _measured(name: str, one: Verdict) -> Measured:
    row = one.check
    several = f" ({one.right} of {one.count})" if one.count > 1 else ""
    text = f"{one.value:.4g}{several}"
    return Measured(
        row.id, name, row.quantity, row.what, text, row.bound_text(), row.source, row.used_to_set, bool(one.is_ok)
    )


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
