"""Random programs on both processors of a chip: a run does not depend on how it is cut, nor on snapshots in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from hicannx.emu.snapshot import restore_snapshot, take_snapshot
from properties.budget import budget
from properties.contents import contents
from properties.pair import Event, Side, begin_tick, drive, end_tick, event_lists, new_pair, sides
from properties.stretch import leave_states

_ticks = some.integers(begin_tick + 1, end_tick - 1)


def differing(one: dict[str, bytes], two: dict[str, bytes]) -> list[str]:
    return [name for name, content in one.items() if content != two[name]]


@budget(0.5)
@given(some.tuples(sides(), sides()), event_lists(), some.lists(_ticks, max_size=30), _ticks, some.integers(0, 40))
def test_pieces_and_snapshots_change_nothing(
    programs: tuple[Side, Side], events: tuple[Event, ...], cuts: list[int], middle: int, room: int
) -> None:
    whole = new_pair(0, programs)
    drive(whole, events, end_tick)
    expected = contents(whole)
    assert whole.world.record.used[0] > 0
    pieces = new_pair(1, programs)
    leave_states(pieces.world.chip, room)
    drive(pieces, events, end_tick, tuple(cuts))
    assert differing(expected, contents(pieces)) == []
    drive(begun := new_pair(2, programs), events, middle)
    snapshot = take_snapshot(begun)
    drive(begun, events, end_tick)
    assert differing(expected, contents(begun)) == []
    for chip in (begun, whole):  # back, or over to another chip
        restore_snapshot(chip, snapshot)
        drive(chip, events, end_tick, tuple(cuts))
        assert differing(expected, contents(chip)) == []
