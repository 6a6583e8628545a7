"""Sweeps, stimuli, checks and pictures of experiments: what they mean, and mistakes in them with their messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hicannx.configs.check import Check, verdict
from hicannx.configs.experiment import load_experiment
from hicannx.configs.shipped import shipped_names
from hicannx.configs.stimulus import Stimulus
from hicannx.configs.sweep import Sweep
from hicannx.diagnostic import DiagnosticError
from hicannx.render import render_text
from hicannx.source import SourceFile
from hicannx.structure import structure
from hicannx.yamlsource import parse_yaml


def read(text: str, kind: type[Any]) -> Any:
    return structure(parse_yaml(SourceFile("rows.yaml", text)), kind)


def message(error: pytest.ExceptionInfo[DiagnosticError]) -> str:
    return render_text(error.value.diagnostics)


def points(text: str) -> list[dict[str, float]]:
    return read(text, Sweep).points()


def test_a_sweep_has_all_combinations_with_the_last_name_fastest() -> None:
    assert points("values: {a: [1, 2.5], b: 0..10 by 5}") == [{"a": a, "b": b} for a in (1, 2.5) for b in (0, 5, 10)]


def test_names_that_are_swept_together() -> None:
    assert points("{values: {a: [1, 2], b: [5, 6]}, together: true}") == [{"a": 1, "b": 5}, {"a": 2, "b": 6}]


def test_ranges_have_both_ends() -> None:
    assert points("values: {a: 0..1 by 0.25}") == [{"a": k / 4} for k in range(5)]
    assert points("values: {a: [-4..4 by 4, 100]}") == [{"a": k} for k in (-4, 0, 4, 100)]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("values: {a: 3..x}", "`3..x` is no value of a sweep"),
        ("values: {a: 0..5 by 0}", "`0..5 by 0` is no value of a sweep"),
        ("{values: {a: [1], b: [1, 2]}, together: true}", "names that are swept together need lists of one length"),
        ("{values: {a: [1]}, chip: none}", "`chip` of a sweep is same or new"),
        ("values: {a: []}", "a sweep has 1 to 100000 runs"),
    ],
)
def test_mistakes_in_sweeps(text: str, title: str) -> None:
    with pytest.raises(DiagnosticError) as error:
        points(text)
    assert f"error[C230]: {title}" in message(error)
    assert "give lists of numbers, or ranges such as `0..100 by 5`" in message(error)


def spikes(text: str, **names: float) -> list[tuple[int, int]]:
    cycles, labels = read(text, Stimulus).spikes(names, 1 << 16, 0.008, 1000.0, [1, 0])
    return list(zip(cycles.tolist(), labels.tolist()))


def test_spikes_at_given_times_are_rounded_to_clock_cycles() -> None:
    assert spikes("{labels: 7, times_us: [0, 0.02, 'at + 1']}", at=7) == [(0, 7), (2, 7), (1000, 7)]


def test_a_stimulus_of_no_labels() -> None:
    with pytest.raises(DiagnosticError) as error:
        spikes("{labels: [], times_us: 3}")
    assert "error[C104]: nothing is chosen here" in message(error)


def test_each_label_has_all_times_and_its_own_shift() -> None:
    found = spikes("{labels: 1..2, times_us: [8, 16], shift_us: '0.8 * label'}")
    assert found == [(1100, 1), (2100, 1), (1200, 2), (2200, 2)]


def test_regular_trains_end_with_the_experiment() -> None:
    found = spikes("{labels: 3, every_us: 100, from_us: 50}")
    assert found == [(round((50 + 100 * k) / 0.008), 3) for k in range(10)]


def test_poisson_trains_of_a_label_are_the_same_whatever_others_there_are() -> None:
    alone, both = spikes("{labels: 5, rate_hz: 100000}"), spikes("{labels: 4..5, rate_hz: 100000}")
    assert alone == [one for one in both if one[1] == 5]
    assert 70 < len(alone) < 130


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("{labels: 1}", "a stimulus has one of `times_us`, `every_us` and `rate_hz`"),
        ("{labels: 1, times_us: 1, rate_hz: 5}", "a stimulus has one of `times_us`, `every_us` and `rate_hz`"),
        ("{labels: 1, every_us: 0}", "the time from spike to spike, 0 us, is too short"),
        ("{labels: 1, every_us: 5, from_us: 60, until_us: 20}", "a train from 60 to 20 us has no spikes"),
        ("{labels: 1, rate_hz: -5}", "a train from 0 to 1000 us with -5 Hz has no spikes"),
        ("{labels: 1, times_us: 1, shift_us: -3}", "a spike is wanted 2 us before the experiment begins"),
    ],
)
def test_mistakes_in_stimuli(text: str, title: str) -> None:
    with pytest.raises(DiagnosticError) as error:
        spikes(text)
    assert f"error[C231]: {title}" in message(error)


@pytest.mark.parametrize(
    ("text", "last_us", "duration_ms"),
    [
        ("{labels: 1, times_us: [3, 1000.016]}", "1000.02", "1.00002"),
        ("{labels: 1..2, times_us: 400, shift_us: '350 * label'}", "1100", "1.1"),
        ("{labels: 1, every_us: 5, from_us: 990, until_us: 1200}", "1200", "1.2"),
        ("{labels: 1, rate_hz: 1, until_us: 1500}", "1500", "1.5"),
    ],
)
def test_stimuli_behind_the_end_of_the_experiment(text: str, last_us: str, duration_ms: str) -> None:
    with pytest.raises(DiagnosticError) as error:
        spikes(text)
    (found,) = error.value.diagnostics
    assert (found.code, found.title, found.help) == (
        "C231",
        f"spikes are wanted up to {last_us} us, behind the end of the experiment at 1000 us",
        f"let them end at 1000 us, or `duration_ms` be {duration_ms}",
    )
    assert found.span and found.span.text == text
    assert spikes("{labels: 1, times_us: 1000}") == [(125000, 1)]


def check(text: str, **measured: Any) -> Any:
    return verdict(read("{quantity: q, source: a paper, " + text + "}", Check), measured)


@pytest.mark.parametrize(
    ("text", "value", "is_ok"),
    [
        ("expect: 10, within: 2", 12, True),
        ("expect: 10, within: 2", 12.1, False),
        ("expect: -10, within_percent: 20", -12, True),
        ("expect: -10, within_percent: 20", -12.1, False),
        ("at_least: 3", 3, True),
        ("at_least: 3", 2.9, False),
        ("at_least: 3, at_most: 4", 4.1, False),
        ("expect: 1, within: 0", float("nan"), False),
        ("at_most: 3", [], False),
        ("expect: [1, 2], within: 0.5", [1.5, 1.5], True),
        ("expect: [1, 2], within: 0.5", [2, 1], False),
        ("at_most: 3, share: 0.75", [1, 2, 3, 4], True),
        ("at_most: 3, share: 0.75", [1, 2, 4, 4], False),
    ],
)
def test_what_is_in_bounds(text: str, value: Any, is_ok: bool) -> None:
    assert check(text, q=value).is_ok == is_ok


def test_the_value_that_is_furthest_off_is_told() -> None:
    found = check("expect: 10, within: 2, what: of neurons, id: V1, used_to_set: true", q=[10, 15, 3, 11])
    assert (found.value, found.right, found.count) == (3, 2, 4)
    assert found.as_text() == (
        "FAILED V1 q of neurons: 3 (2 of 4 in bounds), has to be 10 +- 2 (a paper; has set a parameter)"
    )
    assert check("at_most: 9", q=8.5).as_text() == "ok     q: 8.5, has to be at most 9 (a paper)"
    assert check("expect: 2, within_percent: 5", q=2).as_text() == "ok     q: 2, has to be 2 +- 5 % (a paper)"


@pytest.mark.parametrize(
    ("text", "code", "title"),
    [
        ("expect: 1", "C232", "the check of `q` has no clear bound"),
        ("expect: 1, within: 1, within_percent: 1", "C232", "the check of `q` has no clear bound"),
        ("expect: 1, within: 1, at_most: 1", "C232", "the check of `q` has no clear bound"),
        ("expect: much, within: 1", "C232", "what is expected is a number or a list of them"),
        ("expect: [1, 2, 3], within: 1", "C233", "`q` has the shape (2,), the check (3,)"),
    ],
)
def test_mistakes_in_checks(text: str, code: str, title: str) -> None:
    with pytest.raises(DiagnosticError) as error:
        check(text, q=[1, 2])
    assert f"error[{code}]: {title}" in message(error)


def test_a_check_of_what_is_not_measured() -> None:
    with pytest.raises(DiagnosticError) as error:
        check("at_most: 3", qq=3)
    assert "error[C233]: no quantity `q` is measured" in message(error)
    assert "did you mean `qq`?" in message(error)


def load(folder: Path, text: str) -> Any:
    path = folder / "experiment.yaml"
    path.write_text(f"title: t\nchip: two_sources\nduration_ms: 1\n{text}")
    return load_experiment(str(path))


@pytest.mark.parametrize(
    ("text", "code", "title"),
    [
        ("record: {v: {of: voltage, neurons: 0}}", "C234", "there is no quantity `voltage` to record"),
        ("picture: [{kind: film}]", "C235", "there is no picture of the kind `film`"),
        ("picture: [{kind: traces, of: v}]", "C235", "there is no record `v`"),
        ("picture: [{kind: curve}]", "C235", "a curve needs `y`, a matrix `of`: names of measured quantities"),
        ("checks: [{quantity: q, source: s}]", "C232", "the check of `q` has no clear bound"),
        ("sweep: {values: {a: none}}", "C230", "`none` is no value of a sweep"),
    ],
)
def test_mistakes_in_experiments(tmp_path: Path, text: str, code: str, title: str) -> None:
    with pytest.raises(DiagnosticError) as error:
        load(tmp_path, text)
    assert f"error[{code}]: {title}" in message(error)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("spikes: [{labels: 0, rate_hz: 5, until_ms: 1.2}]", "spike trains last until 1.2 ms"),
        (
            "read: [{register: SpikeCounterRead, at: 0, from_ms: 0.9, every_ms: 0.1, times: 4}]",
            "a reading is wanted at 1.2 ms",
        ),
        ("changes: [{at_us: 1200, values: {}}]", "a change is wanted at 1.2 ms"),
    ],
)
def test_what_is_wanted_behind_the_end_of_the_experiment(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(DiagnosticError) as error:
        load(tmp_path, text)
    (found,) = error.value.diagnostics
    assert (found.code, found.title) == ("C203", f"{what}, behind the end of the experiment at 1 ms")
    assert found.help == "let it be earlier, or `duration_ms` be 1.2"


def test_a_change_before_the_begin_and_a_reading_at_the_end(tmp_path: Path) -> None:
    with pytest.raises(DiagnosticError) as error:
        load(tmp_path, "changes: [{at_us: -3, values: {}}]")
    assert "error[C203]: a change is wanted at -3 us, before the begin" in message(error)
    load(tmp_path, "read: [{register: SpikeCounterRead, at: 0, from_ms: 0.1, every_ms: 0.3, times: 4}]")


def compiled(folder: Path, text: str) -> Any:
    from hicannx.tools.experiment_program import compile_experiment

    experiment = load(folder, text)
    return compile_experiment(experiment, experiment.points[0])


def test_a_sweep_over_a_name_that_nothing_uses(tmp_path: Path) -> None:
    with pytest.raises(DiagnosticError) as error:
        compiled(tmp_path, "sweep: {values: {tau: [1]}}")
    assert "error[C230]: nothing uses the name `tau` of the sweep" in message(error)
    compiled(tmp_path, "sweep: {values: {tau: [1]}}\nstimulus: [{labels: 1, times_us: tau}]")


def test_a_change_of_a_name_that_the_chip_has_not(tmp_path: Path) -> None:
    with pytest.raises(DiagnosticError) as error:
        compiled(tmp_path, "changes: [{at_us: 5, values: {currant: 1}}]")
    assert "error[C236]: the chip configuration has no value `currant` to change" in message(error)


def test_a_change_writes_what_differs(tmp_path: Path) -> None:
    from hicannx.regmodel.playback.words import decode_program

    (tmp_path / "chip.yaml").write_text(
        "values: {on: 0}\nneurons:\n  - {at: 0..1, preset: spiking}\n"
        "  - {at: 0, enable_membrane_offset: 'on', i_mem_offset: 100}\n"
    )
    path = tmp_path / "experiment.yaml"
    text = "title: t\nchip: chip.yaml\nduration_ms: 1\n"
    sizes = []
    for changes in ("", "changes: [{at_us: 5, values: {on: 0}}]", "changes: [{at_us: 5, values: {on: 1}}]"):
        path.write_text(text + changes)
        from hicannx.tools.experiment_program import compile_experiment

        sizes.append(len(decode_program(compile_experiment(load_experiment(str(path))).data)))
    assert sizes[0] == sizes[1] < sizes[2] < sizes[0] + 8


def test_shipped_experiments_can_be_loaded_and_say_where_their_numbers_come_from() -> None:
    for name in shipped_names("experiments"):
        experiment = load_experiment(name)
        assert experiment.title
        for one in experiment.checks:
            low, high = one.bounds()
            assert len(one.source) > 10 and np.all(low <= high)
