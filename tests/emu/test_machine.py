import pytest

from hicannx.emu import behaviour, machine


def test_clocks_are_the_ones_of_the_chip():
    assert machine.tick_us == 0.002
    assert (machine.ppu_cycle_ticks, machine.fpga_cycle_ticks, machine.analog_step_ticks) == (2, 4, 25)


@pytest.mark.parametrize(("table", "count"), [("machine", 30), ("cadc", 9), ("lfsr", 5), ("routing", 16)])
def test_every_number_names_its_source_or_is_marked_as_a_guess(table, count):
    from importlib.resources import files

    from hicannx.yamlsource import load_resource

    def leaves(node, path):
        if isinstance(node, dict):
            if "value" in node or "base" in node:
                yield path, node
            else:
                for key, value in node.items():
                    if isinstance(value, dict):
                        yield from leaves(value, f"{path}/{key}")

    rows = list(leaves(load_resource(files("hicannx.emu") / f"{table}.yaml").plain(), ""))
    assert len(rows) >= count
    assert [path for path, row in rows if not ("source" in row or "guess" in row)] == []


def test_behaviours_are_numbered_by_name():
    assert behaviour.names[behaviour.PPU_CONTROL] == "ppu_control"
    assert behaviour.names[behaviour.NOT_EMULATED] == "not_emulated"
    assert behaviour.SYNRAM_WEIGHTS < behaviour.SYNRAM_RAW_ODD


def test_every_behaviour_of_the_maps_is_bound_and_every_bound_one_is_used():
    from hicannx.regmodel.load import load_registers

    used = {one.behaviour for one in load_registers().containers.values() if one.behaviour}
    windows = {name for name in behaviour.names if name.startswith("synram_")}
    assert used == set(behaviour.names) - windows - {"none", "not_emulated", "derived", "spi", "i2c"}


def test_registers_that_tables_are_made_of_say_so():
    from hicannx.emu import refresh
    from hicannx.emu.neuronregisters import neuron_containers

    own = {"BackgroundSpikeSource", "EventRecordingConfig"}  # these have a behaviour of their own
    lines = {"CapMemBlockConfig", "PadMultiplexerConfig", "ReadoutSourceSelection"}  # of recording.refresh_lines
    assert behaviour.derived == (set(refresh._handlers) | set(neuron_containers) | lines) - own


def test_an_unbound_behaviour_is_refused():
    with pytest.raises(KeyError, match="behaviour `levitate` is not bound"):
        behaviour.number("levitate")
