"""What the equations say that the chip has to do, from the quantities that its configuration means."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hicannx.configs.nominal import nominal_quantities
from hicannx.emu.facts import load_facts
from hicannx.emu.machine import tick_us
from hicannx.tools.experiments.registry import measurement
from hicannx.tools.experiments.spiking import regular
from hicannx.tools.experiments.units import Array, numbers
from hicannx.tools.recording import Recording


@measurement
def firing_rate(recording: Recording, neurons: Any, from_us: float = 0.0, highest_code: int = 800) -> dict[str, Array]:
    """Rates of leaky integrate-and-fire neurons under constant currents, beside the closed form.

    f = 1 / (t + tau log((Vinf - V0) / (Vinf - Vt))): t is the reset and the delay of the comparator, V0 the
    potential at the end of the reset. `off_percent`: how far rates that are not 0 are off it. `bend_percent`: how far
    Vinf, calculated back from measured rates, is from a straight line of the code of the offset up to `highest_code`.
    """
    chosen = numbers(neurons)
    config = recording.runs[-1].compiled.config
    q = {name: value[chosen] for name, value in nominal_quantities(config).items()}
    measured = regular(recording, neurons, from_us)["rate_khz"]
    v_inf = q["v_leak_v"] + _resistance(q, "tau_mem_us") * q["i_offset_na"]
    expected = 1e3 / _period_us(q, v_inf)
    fires = np.isfinite(measured)
    codes = _codes(config, chosen)
    straight = fires & (codes <= highest_code)
    back = np.array([_v_inf(q, k, 1e3 / measured[k]) if straight[k] else np.nan for k in range(len(chosen))])
    rise = back[straight] - q["v_leak_v"][straight]
    line = np.polyval(np.polyfit(codes[straight], rise, 1), codes[straight])
    return {
        "code": codes,
        "rate_khz": np.where(fires, measured, 0.0),
        "formula_khz": np.nan_to_num(expected),
        "off_percent": 100 * np.abs(measured / expected - 1)[fires],
        "silent": np.array(float(np.array_equal(fires, np.isfinite(expected)))),
        "bend_percent": 100 * np.abs(line / rise - 1),
    }


def _resistance(q: dict[str, Array], tau: str) -> Array:
    """In V per nA."""
    return np.asarray(1e-3 * q[tau] / q["capacitance_pf"])


def _period_us(q: dict[str, Array], v_inf: Array) -> Array:
    """NaN for neurons that do not reach the threshold."""
    delay, reset = (q[name] * tick_us for name in ("comparator_delay_ticks", "reset_ticks"))
    v_threshold, tau = q["v_threshold_v"], q["tau_mem_us"]
    top = v_inf + (v_threshold - v_inf) * np.exp(-delay / tau)
    held = q["v_reset_v"] + _resistance(q, "tau_reset_us") * q["i_offset_na"]
    bottom = held + (top - held) * np.exp(-reset / q["tau_reset_us"])
    with np.errstate(all="ignore"):
        return np.asarray(delay + reset + tau * np.log((v_inf - bottom) / (v_inf - v_threshold)))


def _v_inf(q: dict[str, Array], k: int, period_us: float) -> float:
    """The potential without a threshold that gives a period, by bisection."""
    own = {name: value[k] for name, value in q.items()}
    low, high = float(own["v_threshold_v"]) + 1e-9, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        is_slow = float(_period_us(own, np.asarray(middle))) > period_us
        low, high = (middle, high) if is_slow else (low, middle)
    return low


def _codes(config: Any, chosen: Array) -> Array:
    from hicannx.configs.draft import neuron_places

    place = neuron_places()["i_mem_offset"]
    found: Array = config.settings[place.container.name].look(place.field, place.instance)[chosen]
    return found


@measurement
def patterns(recording: Recording, of: str, neurons: Any, during_us: float) -> dict[str, Array]:
    """Spikes of adaptive exponential neurons from the begin of a current on, seen where the membrane begins to move.

    Of each neuron: `first_us` and `count`; `isi_off_percent`: how far each interval is off forward Euler with steps of
    1 ns, all neurons one behind the other; `counted_ahead`: how many spikes Euler has.
    """
    run, q = recording.runs[-1], nominal_quantities(recording.runs[-1].compiled.config)
    trace = run.traces[of]
    first, count, off, ahead = [], [], [], []
    for neuron in numbers(neurons).tolist():
        values = trace.values[:, trace.neurons.tolist().index(neuron)]
        onset = float(trace.times_us[int(np.argmax(np.abs(values - values[0]) > 1e-4))])
        times = run.spikes_of(neuron) - onset
        times = times[(times > 0) & (times < during_us)]
        expected = adex_spikes({name: float(value[neuron]) for name, value in q.items()}, during_us)
        both = min(len(times), len(expected))
        first.append(times[0] if len(times) else np.nan)
        count.append(len(times))
        ahead.append(len(expected))
        off += (100 * np.abs(np.diff(times[:both]) / np.diff(expected[:both]) - 1)).tolist()
    found = {"first_us": first, "count": count, "counted_ahead": ahead, "isi_off_percent": off}
    return {name: np.array(value, np.float64) for name, value in found.items()}


def adex_spikes(q: dict[str, float], during_us: float, dt_us: float = 1e-3) -> Array:
    """Spike times of one neuron with these quantities, from rest, by forward Euler: V, nA, pF, us."""
    delay, refractory, reset = (
        q[name] * tick_us for name in ("comparator_delay_ticks", "refractory_ticks", "reset_ticks")
    )
    capacitance, slope, limit = q["capacitance_pf"] * 1e3, q["exp_slope_v"], q["exp_limit_na"]
    leak, held = (capacitance / q[name] for name in ("tau_mem_us", "tau_reset_us"))
    top, span = (float(load_facts("analog")["rails"][name]) for name in ("ceiling_v", "ceiling_span_v"))
    growth = 1e3 * q["exp_conductance_us"] * slope
    pull, gain, tau_w = 1e3 * q["adapt_conductance_us"], q["adapt_gain"], q["tau_adapt_us"]
    v, w, found, crossed, fired = q["v_leak_v"], 0.0, [], math.inf, -math.inf
    for step in range(round(during_us / dt_us)):
        now = step * dt_us
        if now >= crossed + delay:
            fired, crossed, w = now, math.inf, w + q["adapt_jump_v"]
            found.append(now)
        is_reset = now < fired + reset
        flow = (
            held * _within(q["v_reset_v"] - v, q["reset_range_v"])
            if is_reset
            else leak * _within(q["v_leak_v"] - v, q["leak_range_v"])
        )
        if not (is_reset and q["paused_in_reset"]):
            flow += min(growth * math.exp(min((v - q["v_exp_v"]) / slope, 60.0)), limit) * min((top - v) / span, 1.0)
        change = dt_us * (flow + q["i_offset_na"] - pull * w) / capacitance
        w += dt_us * (gain * (v - q["v_adapt_leak_v"]) - w) / tau_w
        v = min(v + change, top)
        if v > q["v_threshold_v"] and crossed == math.inf and now >= fired + refractory:
            crossed = now
    return np.array(found)


def _within(value: float, most: float) -> float:
    return min(max(value, -most), most)
