"""What a calibration aims at, and how it measures: the rows of `settings.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.structure import structure
from hicannx.yamlsource import load_resource


@attrs.frozen
class Target:
    """The usual value of a target, the range in which it can be wanted, and what is too far off."""

    value: float
    lowest: float
    highest: float
    unit: str
    tolerance: float

    def allowed(self, target: float) -> float:
        """How far from a target a neuron may be."""
        return self.tolerance if self.unit == "counts" else self.tolerance * target


@attrs.frozen
class Measurement:
    """How measurements go: times in us, and numbers of repetitions."""

    settle_us: float
    conversion_us: float
    repeats: int
    apart_us: float
    decays: int
    counting: int


@attrs.frozen
class Search:
    """Where searches for codes begin and end, and how often they measure."""

    typical_code: int
    lowest_code: int
    lowest_line_code: int
    highest_code: int
    ramp_step: int
    shift_settle_us: float
    shift_repeats: int
    leak_turns: int
    reset_turns: int
    time_turns: int
    threshold_codes: int
    least_swing: float


@attrs.frozen
class Decay:
    """How time constants are measured by decays."""

    drivers: int
    away_counts: float
    resets_us: float
    membrane_shares: tuple[float, float]
    line_shares: tuple[float, float]
    membranes_gone: float
    rests: float
    least_counts: float
    least_logarithm: float
    pause_us: float


@attrs.frozen
class Check:
    """How what is reached is measured, where that is another way than that of the search."""

    above_counts: float
    peaks: int
    peaks_apart_us: float
    counted: int
    low_threshold: int


@attrs.frozen
class Settings:
    """All of it."""

    targets: dict[str, Target]
    cells: dict[str, int]
    measurement: Measurement
    search: Search
    decay: Decay
    check: Check


@cache
def load_settings() -> Settings:
    """The table."""
    return structure(load_resource(files("hicannx.tools.calibrate") / "settings.yaml"), Settings)


def choose_targets(chosen: Mapping[str, float]) -> dict[str, float]:
    """All targets, the chosen ones in place of the usual ones; DiagnosticErrors T742 and T743."""
    rows = load_settings().targets
    for name, value in chosen.items():
        if name not in rows:
            help_text = did_you_mean(name, rows)
            raise DiagnosticError([Diagnostic("T742", f"a calibration has no target `{name}`", help=help_text)])
        row = rows[name]
        if not row.lowest <= value <= row.highest:
            title = f"the target {name} = {value:g} is out of reach"
            help_text = f"choose {row.lowest:g} to {row.highest:g} {row.unit}"
            raise DiagnosticError([Diagnostic("T743", title, help=help_text)])
    found = {name: row.value for name, row in rows.items()} | dict(chosen)
    swing = load_settings().search.least_swing
    if found["threshold_cadc"] <= found["reset_cadc"] + swing:
        title = f"the threshold has to be at least {swing:g} counts above the reset"
        raise DiagnosticError([Diagnostic("T743", title, help="choose it with `--set threshold_cadc=125`")])
    return found
