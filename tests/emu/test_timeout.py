"""Instructions that block for too long: what is told, and that the chip goes on."""

import pytest

from hicannx.diagnostic import DiagnosticError
from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.messages import decode_messages
from hicannx.render import render_text

_maps = load_registers().containers
_nowhere = 0x00130200
_timer = 0x8800000C


@pytest.fixture(scope="module")
def chip():
    return Chip()


def _builder(timeout=1000):
    builder = ProgramBuilder()
    builder.write(_maps["InstructionTimeoutConfig"], 0, {"value": timeout})
    builder.setup_timer()
    return builder


def _run(chip, builder, **options):
    builder.halt()
    return run_playback(chip, builder.to_bytes(), "test.bits", **options)


def _poll(builder):
    builder.poll(_maps["PPUStatusRegister"].addresses(0)[0], 1, 1)


def _wait_for_an_interrupt(builder):
    builder.write(_maps["SystimeCorrectionBarrierConfig"], 0, {"enable_interrupt": True})
    builder.barrier(omnibus=False, systime_correction=True)


def _read_nothing(builder):
    builder.read_words([_nowhere])
    builder.barrier()


def _wait_for_the_port(builder):
    for _ in range(10):
        builder.instruction("jtag_data", num_bits=33, payload=0)
    builder.barrier(omnibus=False, jtag=True)


_blocks = {"poll": _poll, "interrupt": _wait_for_an_interrupt, "nothing": _read_nothing, "port": _wait_for_the_port}


@pytest.mark.parametrize("block", _blocks.values(), ids=_blocks)
def test_a_time_out_is_told_once_and_drops_the_rest(chip, block):
    builder = _builder()
    builder.instruction("jtag_scaler", value=200)
    builder.tick()
    block(builder)
    index = len(builder.words()) - 1
    builder.read_words([0x88000005])
    builder.tick()
    result = _run(chip, builder, as_silicon=True)
    names = [one.name for one in decode_messages(result.words()) if "sys" not in one.name]
    assert names == ["loopback", "timeout_notification", "loopback"]
    told = next(one for one in decode_messages(result.words()) if one.name == "timeout_notification")
    lost = int(block is _read_nothing)
    assert told.fields == {"instruction_index": index, "trace_stall": 0, "omnibus_reads": lost}
    assert result.timed_out == index
    after = _builder(1_250_000)
    after.write(_maps["SystimeCorrectionBarrierConfig"], 0, {"enable_interrupt": False})
    after.read_words([0x88000005])
    assert _run(chip, after).reads.tolist() == [1]


def test_a_time_out_lasts_as_long_as_the_register_says(chip):
    ends = []
    for timeout in (1000, 3000):
        builder = _builder(timeout)
        builder.instruction("systime_init", do_sync=0)
        _wait_for_an_interrupt(builder)
        messages = decode_messages(_run(chip, builder, as_silicon=True).words())
        start, end = (next(one for one in messages if one.name == name) for name in ("systime", "timeout_notification"))
        ends.append(end.fpga_time - start.fpga_time)
    assert ends[1] - ends[0] == 2000


def test_wait_until_never_times_out(chip):
    """stadls: test-multichip_synchronisation.cpp:50-100."""
    builder = _builder(1000)
    builder.wait_until(5000)
    builder.barrier(omnibus=True, multi_fpga=True)
    builder.read_words([_timer])
    assert _run(chip, builder).reads.tolist() == [5002]


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (
            _wait_for_an_interrupt,
            "error[E110]: the instruction `barrier` (word 5) timed out after 8.0 us of chip time\n"
            "  = help: the interrupt that SystimeCorrectionBarrierConfig waits for comes from other FPGAs, "
            "and there are none",
        ),
        (
            _wait_for_the_port,
            "error[E110]: the instruction `barrier` (word 13) timed out after 8.1 us of chip time\n"
            "  = help: raise InstructionTimeoutConfig if it needs longer",
        ),
    ],
)
def test_the_error_says_what_was_waited_for(block, expected):
    builder = _builder()
    block(builder)
    with pytest.raises(DiagnosticError) as caught:
        _run(Chip(), builder)
    assert render_text(caught.value.diagnostics) == expected


def test_in_reset_the_error_says_so():
    builder = _builder()
    builder.instruction("reset", value=1)
    builder.read_words([0])
    builder.barrier()
    with pytest.raises(DiagnosticError) as caught:
        _run(Chip(), builder)
    assert caught.value.diagnostics[0].help == "nobody answers 1 Omnibus accesses: the chip is in reset"


def test_a_program_is_stopped_after_a_limit_of_wall_time():
    builder = _builder(0xFFFFFFFF)
    builder.write(_maps["BackgroundSpikeSource"], 0, {"enable": 1, "period": 20, "neuron_label": 1})
    _poll(builder)
    with pytest.raises(DiagnosticError) as caught:
        _run(Chip(), builder, limit_s=0.05)
    assert caught.value.diagnostics[0].code == "E120"
    assert caught.value.diagnostics[0].title == "the program did not end within 0.05 s"


def test_a_program_that_gives_too_much_is_stopped():
    builder = _builder()
    builder.write(_maps["BackgroundSpikeSource"], 0, {"enable": 1, "period": 2, "neuron_label": 1})
    builder.wait_until(0xFFFFFFFF)
    with pytest.raises(DiagnosticError) as caught:
        _run(Chip(), builder, limit_messages=100_000)
    assert render_text(caught.value.diagnostics) == (
        "error[E121]: the program gives more than 100000 messages\n"
        "  = help: let it record fewer spikes, or end it earlier"
    )


def test_a_timeout_of_zero_lets_nothing_block(chip):
    builder = _builder(0)
    builder.barrier()
    builder.write_words([0x02800000], [1])
    builder.barrier()
    result = _run(chip, builder, as_silicon=True)
    assert result.timed_out == len(builder.words()) - 2
