"""Physical quantities of neurons turned into codes of cells and fields, through the table of transfer functions."""

from __future__ import annotations

from itertools import product
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.configs.draft import Draft, Place, Wish, neuron_places
from hicannx.configs.setting import Instances
from hicannx.diagnostic import Diagnostics
from hicannx.regmodel.transfer import Quantity, highest_code, load_transfer, needed_names, quantity_values

Curve = NDArray[np.float64]

_coarse = 0.05


@attrs.frozen(eq=False)
class Solved:
    """What a wish has come to: the codes of its knob, and the values that these give, shape [neurons] each."""

    quantity: str
    knob: str
    neurons: Instances
    wanted: Curve
    codes: Instances
    reached: Curve

    @property
    def row(self) -> Quantity:
        """The row of the table, with source and confidence."""
        return load_transfer().settable[self.quantity]


def knob_of(quantity: str) -> str:
    """The cell or field that sets a quantity."""
    row = load_transfer().settable[quantity]
    return row.knob or row.field or ""


def solve_wishes(draft: Draft, diagnostics: Diagnostics) -> list[Solved]:
    """Put codes for all wishes; C124 tells what is out of reach, C125 and C126 warn of what is uncertain."""
    order = list(load_transfer().settable)
    numbers = sorted(range(len(draft.wishes)), key=lambda number: order.index(draft.wishes[number].quantity))
    found = []
    for number in numbers:
        wish = draft.wishes[number]
        place = neuron_places()[knob_of(wish.quantity)]
        kept = draft.granted(number, place)
        if kept.any():
            left = attrs.evolve(wish, neurons=wish.neurons[kept], targets=wish.targets[kept])
            found.append(_solve(draft, left, place, diagnostics))
    return found


@attrs.define(eq=False)
class _Cases:
    """The distinct combinations of a target and what the quantity depends on, and the one of each neuron."""

    wish: Wish
    knob: str
    codes: Instances
    targets: Curve
    inputs: dict[str, Curve]
    of_neuron: Instances
    curves: Curve  # the quantity at all codes of its knob, shape [cases, codes]

    def one(self, number: int) -> dict[str, Curve]:
        """The inputs of one case."""
        return {name: values[number : number + 1] for name, values in self.inputs.items()}

    def outside(self) -> list[int]:
        """The cases whose target is out of reach."""
        low, high = _limits(self.curves)
        room = 1e-9 * np.maximum(np.abs(low), np.abs(high))
        return [int(one) for one in np.flatnonzero((self.targets < low - room) | (self.targets > high + room))]

    def ways(self, number: int) -> list[tuple[dict[str, int], Curve]]:
        """Changed switches that bring a case within reach and the curves that they give, the fewest changes first."""
        switches = load_transfer().settable[self.wish.quantity].switches
        own, found = self.one(number), []
        for choice in product((0, 1), repeat=len(switches)):
            wanted = dict(zip(switches, choice))
            changed = {name: value for name, value in wanted.items() if value != int(own[name][0])}
            curve = self.curve({**own, **{name: np.array([value]) for name, value in wanted.items()}})
            low, high = _limits(curve)
            if changed and low[0] <= self.targets[number] <= high[0]:
                found.append((changed, curve))
        return sorted(found, key=lambda one: len(one[0]))

    def curve(self, inputs: dict[str, Curve]) -> Curve:
        """The quantity at all codes of its knob."""
        columns = {name: values[:, None] for name, values in inputs.items()}
        values = quantity_values(self.wish.quantity, {**columns, self.knob: self.codes[None]})
        return np.broadcast_to(values, (len(next(iter(inputs.values()), self.targets)), len(self.codes)))


def _solve(draft: Draft, wish: Wish, place: Place, diagnostics: Diagnostics) -> Solved:
    cases = _cases(draft, wish, place, diagnostics)
    if wish.may_switch:
        _switch(draft, cases)
    _check_reach(cases, diagnostics)
    curves = np.where(np.isfinite(cases.curves), cases.curves, np.inf)
    best = np.argmin(np.abs(curves - cases.targets[:, None]), axis=1)
    codes = cases.codes[best][cases.of_neuron]
    draft.put_at(place, wish.neurons, codes, {})
    reached = cases.curves[np.arange(len(best)), best][cases.of_neuron]
    solved = Solved(wish.quantity, cases.knob, wish.neurons, wish.targets, codes, reached)
    _check_steps(wish, solved, diagnostics)
    return solved


def _cases(draft: Draft, wish: Wish, place: Place, diagnostics: Diagnostics) -> _Cases:
    knob = knob_of(wish.quantity)
    highest = highest_code if load_transfer().settable[wish.quantity].knob else place.container.by_name[knob].high
    names = sorted(needed_names(wish.quantity) - {knob})
    _check_inputs(draft, wish, names, diagnostics)
    inputs = np.stack([wish.targets, *(draft.look_at(neuron_places()[name], wish.neurons) for name in names)])
    distinct, of_neuron = np.unique(inputs, axis=1, return_inverse=True)
    columns = dict(zip(names, distinct[1:]))
    nothing = np.zeros((0, 0))
    codes = np.arange(highest + 1)
    cases = _Cases(wish, knob, codes, distinct[0], columns, of_neuron.reshape(-1), nothing)
    cases.curves = cases.curve(columns)
    return cases


def _limits(curves: Curve) -> tuple[Curve, Curve]:
    inside = np.isfinite(curves)
    low = np.where(inside, curves, np.inf).min(axis=1)
    return low, np.where(inside, curves, -np.inf).max(axis=1)


def _switch(draft: Draft, cases: _Cases) -> None:
    """Set switches where they are needed, as few as reach the targets."""
    cases.curves = cases.curves.copy()
    for number in cases.outside():
        for changed, curve in cases.ways(number)[:1]:
            cases.curves[number] = curve[0]
            neurons = cases.wish.neurons[cases.of_neuron == number]
            for name, value in changed.items():
                draft.put_at(neuron_places()[name], neurons, value, {})


def _check_reach(cases: _Cases, diagnostics: Diagnostics) -> None:
    for number in cases.outside()[:1]:
        neuron = int(cases.wish.neurons[np.flatnonzero(cases.of_neuron == number)[0]])
        title = f"`{cases.wish.quantity}` cannot be {cases.targets[number]:g} at neuron {neuron}"
        label = f"`{cases.knob}` reaches {_range_text(cases.curves[number : number + 1])}"
        help_text = "choose a value in this range"
        for changed, curve in cases.ways(number)[:1]:
            text = " and ".join(f"`{name}: {'true' if value else 'false'}`" for name, value in changed.items())
            help_text = f"with {text} it reaches {_range_text(curve)}; `switches: as_needed` sets that"
        diagnostics.error("C124", title, cases.wish.span, label=label, help=help_text)


def _range_text(curve: Curve) -> str:
    low, high = (float(one[0]) for one in _limits(curve))
    return f"{_inward(low, np.ceil)} to {_inward(high, np.floor)}"


def _inward(value: float, rounding: Any) -> str:
    """Four digits, rounded so that the number itself is within reach."""
    if value == 0 or not np.isfinite(value):
        return f"{value:g}"
    scale = 10.0 ** (3 - int(np.floor(np.log10(abs(value)))))
    return f"{float(rounding(value * scale) / scale):.5g}"


def _check_inputs(draft: Draft, wish: Wish, names: list[str], diagnostics: Diagnostics) -> None:
    missing = [name for name in names if not draft.is_set(neuron_places()[name], wish.neurons)]
    if missing:
        title = f"`{wish.quantity}` depends on what is not configured for all of these neurons"
        notes = [f"taken as by default: {', '.join(missing)}"]
        help_text = "configure these, too, since the chip may have other values"
        diagnostics.warning("C125", title, wish.span, notes=notes, help=help_text)


def _check_steps(wish: Wish, solved: Solved, diagnostics: Diagnostics) -> None:
    off = np.abs(solved.reached - solved.wanted) > _coarse * np.abs(solved.wanted)
    if off.any() and not diagnostics.errors:
        first = int(np.flatnonzero(off)[0])
        wanted, reached = float(solved.wanted[first]), float(solved.reached[first])
        title = f"`{wish.quantity}` is {reached:.4g} instead of {wanted:g} at neuron {int(solved.neurons[first])}"
        label = f"code {int(solved.codes[first])} of `{solved.knob}` comes nearest"
        diagnostics.warning("C126", title, wish.span, label=label)
