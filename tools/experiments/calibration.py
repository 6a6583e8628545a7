"""A calibration of all neurons of the experiment's chip, and what it leaves of their spreads."""

from __future__ import annotations

from typing import Any

import numpy as np

from hicannx.tools.calibrate import steps
from hicannx.tools.calibrate.checks import checks
from hicannx.tools.calibrate.procedure import Outcome, calibrate
from hicannx.tools.calibrate.settings import choose_targets, load_settings
from hicannx.tools.calibrate.spikes import count_spikes
from hicannx.tools.chip_choice import nominal, with_experiment
from hicannx.tools.experiments.registry import measurement
from hicannx.tools.experiments.units import Array
from hicannx.tools.recording import Recording

_trimmed = 0.05  # of all neurons, the outermost: calix:tests/hw/py/test_neuron_distribution.py:204-340
_lot_us, _counted_us = 10.0, 1000.0


@measurement
def neurons(recording: Recording) -> dict[str, Any]:
    """Calibrate a chip like that of the experiment, apart from its runs, with the usual targets.

    `left.TARGET`: the trimmed spread of the neurons beside that of the same chip whose neurons all have the median of
    the codes found; `off_percent`: neurons whose threshold, by the peaks of their membranes, is further off than the
    tolerance; `lot`: rates of leak over threshold with a leak for 100 kHz, by these; `TARGET` and `TARGET_before`.
    """
    found = calibrate(with_experiment(nominal, recording.experiment).make(), choose_targets({}))
    before = {name: spread_out(found, name, cell) for name, cell in cells.items()}
    left = {f"left.{name}": trimmed_std(found.reached[name]) / trimmed_std(one) for name, one in before.items()}
    curves = {name: found.reached[name] for name in cells} | {f"{name}_before": one for name, one in before.items()}
    return {**left, "off_percent": off_percent(found), "lot": leak_over_threshold(found), **curves}


cells = {
    "leak_cadc": "v_leak",
    "reset_cadc": "v_reset",
    "threshold_cadc": "v_threshold",
    "tau_mem_us": "i_bias_leak",
    "tau_syn_exc_us": "i_bias_synin_exc_tau",
    "tau_syn_inh_us": "i_bias_synin_inh_tau",
}


def trimmed_std(values: Array) -> float:
    """The standard deviation without the outermost values on both sides."""
    low, high = np.quantile(values, [_trimmed / 2, 1 - _trimmed / 2])
    return float(values[(values >= low) & (values <= high)].std())


def spread_out(outcome: Outcome, name: str, cell: str) -> Array:
    """What a target is where all neurons have the median of the codes found of a cell, which then has its own again."""
    bench, kept = outcome.bench, outcome.bench.cells[cell].copy()
    bench.run(bench.changed(**{cell: np.full(len(kept), round(float(np.median(kept))))}))
    found = checks[name](bench, dict(outcome.targets))
    bench.run(bench.changed(**{cell: kept}))
    return found


def off_percent(outcome: Outcome) -> float:
    """Neurons in percent whose threshold, as the CADC sees it, is too far off: the search did not use their peaks."""
    target = outcome.targets["threshold_cadc"]
    allowed = load_settings().targets["threshold_cadc"].allowed(target)
    return float(100 * (np.abs(outcome.reached["threshold_cadc"] - target) > allowed).mean())


def leak_over_threshold(outcome: Outcome) -> Array:
    """Rates beside 100 kHz with the leak for which the formula of the period gives that; the leak is then as before."""
    bench, goal = outcome.bench, dict(outcome.targets)
    share = np.exp((_lot_us - goal["refractory_us"]) / goal["tau_mem_us"])
    kept = bench.cells["v_leak"].copy()
    leak = (share * goal["threshold_cadc"] - goal["reset_cadc"]) / (share - 1)
    steps.leak(bench, goal | {"leak_cadc": leak})
    rates = count_spikes(bench, bench.changed(), _counted_us) * (_lot_us / _counted_us)
    bench.run(bench.changed(v_leak=kept))
    return rates
