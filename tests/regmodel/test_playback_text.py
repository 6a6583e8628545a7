"""Programs and answers as text: what is printed, that it means the same words again, and every way to write it wrongly."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import numpy as np
import pytest

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.assemble import assemble, assemble_answers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.messages import decode_messages
from hicannx.regmodel.playback.show import show, show_answers
from hicannx.regmodel.playback.words import Program, decode_program
from hicannx.render import render_text
from hicannx.source import SourceFile

vectors = Path(__file__).parents[1] / "vectors" / "playback"
registers = load_registers()


def program_of(text: str) -> Program:
    return assemble(SourceFile("a.txt", text))


def again(text: str, **options: bool) -> list[str]:
    """What is shown of the program that a text means, which has to mean the same."""
    program = program_of(text)
    shown = list(show(program, **options))
    assert program_of("\n".join(shown)).words.tolist() == program.words.tolist()
    return shown


def told(text: str) -> str:
    with pytest.raises(DiagnosticError) as caught:
        program_of(text)
    return render_text(caught.value.diagnostics)


def test_worked_example() -> None:
    data = (vectors / "example.bin").read_bytes()
    shown = list(show(decode_program(data, "example.bin")))
    assert shown == [
        "timer_setup",
        "write EventRecordingConfig at 0x88000005: enable_event_recording=1",
        "write PPUMemoryWord[291] at 0x02800123: value=305419896",
        "barrier omnibus",
        "read PPUMemoryWord[291] at 0x02800123",
        "barrier omnibus",
        "spikes 0x1234",
        "wait_until 1000  # 8 us",
        "halt",
    ]
    assert program_of("\n".join(shown)).words.astype(">u8").tobytes() == data


def test_default_initialisation() -> None:
    with lzma.open(vectors / "init_sequence.jsonl.xz", "rt") as lines:
        words = [int(json.loads(line)["word"], 16) for line in lines]
    assert len(words) == 348
    builder = ProgramBuilder()
    for word in words:
        builder.word(word)
    builder.halt()
    program = decode_program(builder.to_bytes(), "init")
    for brief in (False, True):
        for named in (False, True):
            shown = list(show(program, registers=named, brief=brief, words=named))
            assert program_of("\n".join(shown)).words.tolist() == program.words.tolist()
    shown = list(show(program))
    assert shown[0] == "write InstructionTimeoutConfig at 0x88000009: value=1250000"
    begin = shown.index("jtag_ins pll_target_register")
    assert shown[begin : begin + 4] == [
        "jtag_ins pll_target_register",
        "jtag_data 0x000000000 num_bits=4  # PLL register 0",
        "jtag_ins shift_pll",
        "jtag_data 0x02a20a902 num_bits=32  # PLL register 0 = 0x2a20a902",
    ]
    assert "jtag_data 0x000204000 num_bits=22  # link 7 = 0x204000" in shown


def test_registers_are_joined_and_words_of_them_named() -> None:
    container = registers.containers["PollingOmnibusBlockConfig"]
    first, second, third = container.addresses(0)
    builder = ProgramBuilder()
    builder.write(container, 0, {"address": 1, "target": 2, "mask": 3})
    builder.write_words([third, second], [30, 20])
    builder.write_words([first, second, third], [1, 2, 3], 0b0011)
    builder.read(container)
    builder.read_words([third])
    builder.read_words([first, second, third], 0b1000)
    builder.write_words([0x7FFFFFFF], [1], 0b0001)
    builder.read_words([0x7FFFFFFF])
    builder.halt()
    program = decode_program(builder.to_bytes(), "x")
    shown = list(show(program))
    assert shown == [
        "write PollingOmnibusBlockConfig at 0x88000006: address=1 target=2 mask=3",
        "write PollingOmnibusBlockConfig word 2 at 0x88000008: mask=30",
        "write PollingOmnibusBlockConfig word 1 at 0x88000007: target=20",
        "write PollingOmnibusBlockConfig bytes 0x3 at 0x88000006: address=1 target=2 mask=3",
        "read PollingOmnibusBlockConfig at 0x88000006",
        "read PollingOmnibusBlockConfig word 2 at 0x88000008",
        "read PollingOmnibusBlockConfig bytes 0x8 at 0x88000006",
        "write 0x7fffffff 0x00000001 bytes 0x1",
        "read 0x7fffffff",
        "halt",
    ]
    assert program_of("\n".join(shown)).words.tolist() == program.words.tolist()
    assert list(show(program, registers=False))[:3] == [
        "write 0x88000006 0x00000001",
        "write 0x88000007 0x00000002",
        "write 0x88000008 0x00000003",
    ]
    assert list(show(program, words=True))[1] == (
        "write PollingOmnibusBlockConfig word 2 at 0x88000008: mask=30  # 6: 0b00000f88000008 0c0000000000001e"
    )


def test_words_that_fields_do_not_say_stand_as_numbers() -> None:
    shown = again("write 0x88000005 0x80000001\nwrite 0x88000005 3 bytes 0x3\nread 0x88000005\nhalt")
    assert shown == [
        "write 0x88000005 0x80000001  # EventRecordingConfig: enable_event_recording=1",
        "write 0x88000005 0x00000003 bytes 0x3  # EventRecordingConfig: enable_event_recording=1",
        "read EventRecordingConfig at 0x88000005",
        "halt",
    ]


def test_what_stands_in_several_spaces_is_written_by_name_only_where_the_omnibus_can() -> None:
    text = "read Timer at 0x8800000c\nwrite 0x8800000c 0x00000000  # Timer: value=0\nhalt"
    assert again(text) == text.split("\n")
    assert "Timer cannot be written" in told("write Timer value=0\nhalt")


def test_a_field_across_words_is_told_when_all_are_known() -> None:
    container = next(
        one
        for one in registers.containers.values()
        if one.access == "rw"
        and one.words == 2
        and any(len({part.word for part in parts}) == 2 for field in one.fields for parts in field.elements)
    )
    spread = next(f for f in container.fields if any(len({part.word for part in parts}) == 2 for parts in f.elements))
    text = f"write {container.name}{'[0]' * (container.instances > 1)}"
    low, high = again(f"{text} {spread.name}=1\n{text} {spread.name}={spread.high}\nhalt")[:2]
    assert f"{spread.name}=1" in low and f"{spread.name}={spread.high}" in high
    alone = again(f"{text} word 1 {spread.name}={spread.high}\nhalt")[0]
    assert alone.startswith("write 0x") and f"# {container.name}" in alone
    after = again(f"{text} {spread.name}=0\n{text} word 1 {spread.name}={spread.high}\nhalt")[1]
    assert " word 1 at " in after and f"{spread.name}=" in after


def test_omnibus_over_jtag_is_explained() -> None:
    assert again(
        """
        jtag_ins omnibus_address
        jtag_data 0x2800123
        jtag_ins omnibus_data
        jtag_data 7 num_bits=32
        jtag_ins omnibus_request
        jtag_data 0 num_bits=3
        jtag_ins 5
        jtag_data 0x102800123
        jtag_ins omnibus_request
        jtag_data 0 num_bits=3
        jtag_ins omnibus_data
        jtag_data 0 keep_response num_bits=32
        jtag_init
        jtag_data 0 num_bits=32 keep_response=1
        halt"""
    ) == [
        "jtag_ins omnibus_address",
        "jtag_data 0x002800123  # Omnibus write PPUMemoryWord[291] at 0x02800123",
        "jtag_ins omnibus_data",
        "jtag_data 0x000000007 num_bits=32  # PPUMemoryWord[291] at 0x02800123: value=7",
        "jtag_ins omnibus_request",
        "jtag_data 0x000000000 num_bits=3  # does the write PPUMemoryWord[291] at 0x02800123",
        "jtag_ins omnibus_address",
        "jtag_data 0x102800123  # Omnibus read PPUMemoryWord[291] at 0x02800123",
        "jtag_ins omnibus_request",
        "jtag_data 0x000000000 num_bits=3  # does the read PPUMemoryWord[291] at 0x02800123",
        "jtag_ins omnibus_data",
        "jtag_data 0x000000000 num_bits=32 keep_response  # the data of PPUMemoryWord[291] at 0x02800123",
        "jtag_init",
        "jtag_data 0x000000000 num_bits=32 keep_response  # the chip's identity",
        "halt",
    ]


def test_every_instruction() -> None:
    assert again(
        """
        # a comment, and a blank line

        jtag_scaler 6; # not yet
        """.replace(";", " ")
        + """
        jtag_ins link_config_3
        timer_setup
        wait_until value=0b101
        systime_init
        systime_init 0
        systime_init do_sync=0
        barrier
        barrier jtag, systime, multi_fpga, systime_correction
        poll_omnibus
        poll_omnibus expect_equality=0
        reset 1
        loopback tick
        tick
        spikes 1, 2, 3, 4
        spikes 5
        loopback 0"""
    ) == [
        "jtag_scaler 6",
        "jtag_ins link_config_3",
        "timer_setup",
        "wait_until 5  # 0.04 us",
        "systime_init",
        "systime_init do_sync=0",
        "systime_init do_sync=0",
        "barrier",
        "barrier jtag systime multi_fpga systime_correction",
        "poll_omnibus",
        "poll_omnibus expect_equality=0",
        "reset 1",
        "tick",
        "tick",
        "spikes 0x0001 0x0002 0x0003",
        "spikes 0x0004",
        "spikes 0x0005",
        "halt",
    ]


def test_registers_as_people_write_them() -> None:
    assert (
        again(
            """
        write CrossbarNode[17] target=3, mask=0x3ff, enable_drop_counter=true
        write NeuronConfig[row=1 neuron_column=12] enable_fire=1
        write CommonSynramConfig[top] wait_ctr_clear=4
        read PPUControlRegister[bottom]
        halt""",
            brief=True,
        )[0]
        == "write CrossbarNode[17] at 0x0013002a: mask=1023 target=3 enable_drop_counter=1"
    )


def test_times_are_shown_in_full() -> None:
    assert again("wait_until 4294967295\nhalt")[0] == "wait_until 4294967295  # 34359738.36 us"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "error[B111]: `a.txt` is empty\n  = help: a program ends with `halt`"),
        ("# nothing\n", "error[B111]: `a.txt` is empty\n  = help: a program ends with `halt`"),
        (
            "timer_set",
            "error[B121]: there is no instruction `timer_set`\n --> a.txt:1:1\n  |\n1 | timer_set\n  | ^^^^^^^^^\n"
            "  = help: did you mean `timer_setup`?",
        ),
        (
            "halt\nwait_until 10 20  # late",
            "error[B128]: `20` is too much for `wait_until`\n --> a.txt:2:15\n  |\n2 | wait_until 10 20  # late\n"
            "  |               ^^\n  = help: remove it",
        ),
        (
            "jtag_data 1 32",
            "error[B128]: `32` is too much for `jtag_data`\n --> a.txt:1:13\n  |\n1 | jtag_data 1 32\n  |             ^^\n"
            "  = help: name the field: `num_bits=32`",
        ),
        (
            "wait_until",
            "error[B102]: `wait_until` lacks its field `value`\n --> a.txt:1:1\n  |\n1 | wait_until\n  | ^^^^^^^^^^\n"
            "  = help: give `value=...`",
        ),
        (
            "wait_until 0x1g",
            "error[B122]: `0x1g` is not a number\n --> a.txt:1:12\n  |\n1 | wait_until 0x1g\n  |            ^^^^\n"
            "  = help: numbers are decimal (10), hexadecimal (0x1f) or binary (0b101)",
        ),
        (
            "jtag_ins idcod",
            "error[B122]: `idcod` is not a number\n --> a.txt:1:10\n  |\n1 | jtag_ins idcod\n  |          ^^^^^\n"
            "  = help: did you mean `idcode`?",
        ),
        (
            "wait_until -1",
            "error[B103]: -1 does not fit in `value` of `wait_until`\n --> a.txt:1:12\n  |\n1 | wait_until -1\n"
            "  |            ^^\n  = help: the field has 32 bits: give 0 to 4294967295",
        ),
        (
            "barrier omnibu",
            "error[B128]: `barrier` has no field `omnibu`\n --> a.txt:1:9\n  |\n1 | barrier omnibu\n  |         ^^^^^^\n"
            "  = help: did you mean `omnibus`?",
        ),
        (
            "barrier jtag jtag=1",
            "error[B128]: `jtag` of `barrier` is given twice\n --> a.txt:1:14\n  |\n1 | barrier jtag jtag=1\n"
            "  |              ^^^^^^\n  = help: remove one of them",
        ),
        (
            "barrier jtag=[1 0]",
            "error[B128]: `jtag` of `barrier` takes one value, not a list\n --> a.txt:1:9\n  |\n1 | barrier jtag=[1 0]\n"
            "  |         ^^^^^^^^^^",
        ),
        (
            "write NeuronConfi[3] a=1",
            "error[B123]: there is no register `NeuronConfi`\n --> a.txt:1:7\n  |\n1 | write NeuronConfi[3] a=1\n"
            "  |       ^^^^^^^^^^^\n  = help: did you mean `NeuronConfig`?",
        ),
        (
            "write PPUStatusRegister[0] sleep=1",
            "error[B124]: PPUStatusRegister cannot be written\n --> a.txt:1:7\n  |\n1 | write PPUStatusRegister[0] sleep=1\n"
            "  |       ^^^^^^^^^^^^^^^^^\n  = help: give an address in place of the name",
        ),
        (
            "read NeuronReset[0]",
            "error[B124]: NeuronReset cannot be read\n --> a.txt:1:6\n  |\n1 | read NeuronReset[0]\n  |      ^^^^^^^^^^^\n"
            "  = help: give an address in place of the name",
        ),
        (
            "read NeuronConfig",
            "error[B125]: NeuronConfig has 512 instances, and none is given\n --> a.txt:1:6\n  |\n1 | read NeuronConfig\n"
            "  |      ^^^^^^^^^^^^\n  = help: write the number of one, as in `NeuronConfig[0]`",
        ),
        (
            "read NeuronConfig[512]",
            "error[R112]: `neuron` has no number 512 (0 to 511)\n --> a.txt:1:19\n  |\n1 | read NeuronConfig[512]\n"
            "  |                   ^^^",
        ),
        (
            "read NeuronConfig[row=[1]]",
            "error[B128]: `row` takes one value, not a list\n --> a.txt:1:19\n  |\n1 | read NeuronConfig[row=[1]]\n"
            "  |                   ^^^^^^^\n  = help: access one instance a line",
        ),
        (
            "read NeuronConfig[row=0 row=1]",
            "error[B128]: `row` of NeuronConfig is given twice\n --> a.txt:1:25\n  |\n1 | read NeuronConfig[row=0 row=1]\n"
            "  |                         ^^^^^\n  = help: remove one of them",
        ),
        (
            "read NeuronConfig[3] at 0x1",
            "error[B126]: NeuronConfig[3] does not stand at 0x1\n --> a.txt:1:25\n  |\n1 | read NeuronConfig[3] at 0x1\n"
            "  |                         ^^^\n  = help: it stands at 0x0016001a; `at` may be left out",
        ),
        (
            "read CapMemBlockConfig[0] word 10",
            "error[B127]: CapMemBlockConfig has no word 10 (0 to 9)\n --> a.txt:1:32\n  |\n"
            "1 | read CapMemBlockConfig[0] word 10\n  |                                ^^",
        ),
        (
            "read 0x1 bytes 0x10",
            "error[B129]: `0x10` is no choice of bytes (0x0 to 0xf)\n --> a.txt:1:16\n  |\n1 | read 0x1 bytes 0x10\n"
            "  |                ^^^^\n  = help: bit i enables byte i, the lowest being 0",
        ),
        (
            "write NeuronConfig[3] enable_fir=1",
            "error[R121]: NeuronConfig has no field `enable_fir`\n --> a.txt:1:23\n  |\n"
            "1 | write NeuronConfig[3] enable_fir=1\n  |                       ^^^^^^^^^^\n  = help: did you mean `enable_fire`?",
        ),
        (
            "write CrossbarNode[3] mask=1 mask=2",
            "error[B128]: `mask` of CrossbarNode is given twice\n --> a.txt:1:30\n  |\n"
            "1 | write CrossbarNode[3] mask=1 mask=2\n  |                              ^^^^^^\n  = help: remove one of them",
        ),
        (
            "write CrossbarNode[3] mask=[1 2]",
            "error[R122]: value [1, 2] does not fit in field `mask` of CrossbarNode (0 to 16383)\n --> a.txt:1:23\n  |\n"
            "1 | write CrossbarNode[3] mask=[1 2]\n  |                       ^^^^^^^^^^",
        ),
        (
            "write 0x1ffffffff 0",
            "error[B103]: 8589934591 does not fit in `address` of `omnibus_address`\n --> a.txt:1:1\n  |\n"
            "1 | write 0x1ffffffff 0\n  | ^^^^^^^^^^^^^^^^^^^\n  = help: the field has 32 bits: give 0 to 4294967295",
        ),
        (
            "spikes 0x12 99999",
            "error[B103]: 99999 does not fit in `label1` of `spike_pack_2`\n --> a.txt:1:1\n  |\n1 | spikes 0x12 99999\n"
            "  | ^^^^^^^^^^^^^^^^^\n  = help: the field has 16 bits: give 0 to 65535",
        ),
        (
            "spikes",
            "error[B120]: the statement ends too early\n --> a.txt:1:6\n  |\n1 | spikes\n  |      ^ expected a number\n"
            "  = help: a line is `write REGISTER[INSTANCE] field=value ...`, `read 0xADDRESS` or an instruction; `#` begins a comment",
        ),
        (
            "write CrossbarNode[3] mask",
            "error[B120]: `mask` cannot stand here\n --> a.txt:1:23\n  |\n1 | write CrossbarNode[3] mask\n"
            "  |                       ^^^^ expected `:`, `at`, `bytes`, `field=value` or `word`\n"
            "  = help: a line is `write REGISTER[INSTANCE] field=value ...`, `read 0xADDRESS` or an instruction; `#` begins a comment",
        ),
        (
            "barrier ?",
            "error[B120]: `?` cannot stand here\n --> a.txt:1:9\n  |\n1 | barrier ?\n"
            "  |         ^ expected `field=value`, a name or a number\n"
            "  = help: a line is `write REGISTER[INSTANCE] field=value ...`, `read 0xADDRESS` or an instruction; `#` begins a comment",
        ),
        (
            "omnibus_address 3 is_read\nomnibus_address 4\nomnibus_data 5\nomnibus_data 6\nhalt",
            "error[B116]: `a.txt`: the Omnibus data in word 3 (byte offset 24, 0c00000000000006) has no write address before it\n"
            " --> a.txt:4:1\n  |\n4 | omnibus_data 6\n  | ^^^^^^^^^^^^^^\n  = help: put `omnibus_address` right before it",
        ),
        (
            "  omnibus_address 4 # no data\nhalt",
            "error[B115]: `a.txt`: the Omnibus write to 0x00000004 in word 0 (byte offset 0, 0b00000f00000004)"
            " is followed by `loopback`\n --> a.txt:1:3\n  |\n1 |   omnibus_address 4 # no data\n  |   ^^^^^^^^^^^^^^^^^\n"
            "  = help: put `omnibus_data` right behind it",
        ),
        (
            "tick\nspikes 1 2 3 4",
            "error[B117]: `a.txt` does not halt: it ends after 3 words (24 bytes)\n --> a.txt:2:1\n  |\n2 | spikes 1 2 3 4\n"
            "  | ^^^^^^^^^^^^^^\n  = help: append the halt word 0a00000000000000, or complete the file if it was cut off",
        ),
        (
            "halt\ntick\nhalt",
            "error[B118]: `a.txt`: word 0 (byte offset 0, 0a00000000000000) halts, but 2 more follow\n --> a.txt:1:1\n  |\n"
            "1 | halt\n  | ^^^^\n  = help: a program halts once; split the file behind the halt",
        ),
    ],
)  # fmt: skip
def test_what_is_written_wrongly(text: str, message: str) -> None:
    assert told(text) == message


def test_every_line_is_told_but_not_without_end() -> None:
    text = "\n".join(f"wrong{index}" for index in range(50))
    with pytest.raises(DiagnosticError) as caught:
        program_of(text)
    assert [one.span.line for one in caught.value.diagnostics if one.span] == [*range(1, 21)]


def test_line_ends_of_other_systems() -> None:
    text = "write CrossbarNode[3] at 0x0013001c: mask=5\r\nwait_until 3\r\nspikes 7\r\nhalt\r\n"
    assert program_of(text).words.tolist() == program_of(text.replace("\r", "")).words.tolist()


def test_a_text_that_was_seen_is_not_taken_for_another_register() -> None:
    first = "write CrossbarNode[3] at 0x0013001c: mask=5"
    assert again(f"{first}\n{first}\nhalt")[:2] == [f"{first} target=0 enable_drop_counter=0"] * 2
    for wrong in (first.replace("[3]", "[4]"), first.replace("[3]", "[9999]"), first.replace("[3]", "")):
        with pytest.raises(DiagnosticError) as caught:
            program_of(f"{first}\n{wrong}\nhalt")
        assert [one.span.line for one in caught.value.diagnostics if one.span] == [2]


def test_bytes_of_a_word_are_written_alone() -> None:
    text = (
        "write ExternalPPUMemoryByte[4] at 0x80000001: value=7\nwrite ExternalPPUMemoryByte[5] at 0x80000001: value=7"
    )
    words = ["0b00000880000001", "0c00000007000000", "0b00000480000001", "0c00000000070000", "0a00000000000000"]
    assert [f"{word:016x}" for word in program_of(f"{text}\nhalt").words.tolist()] == words
    for text in ("write ExternalPPUMemoryByte[5] word 0: value=7", "write ExternalPPUMemoryByte[5] bytes 0x4: value=7"):
        assert [f"{word:016x}" for word in program_of(f"{text}\nhalt").words.tolist()] == words[2:]


def test_answers() -> None:
    answer = json.loads((vectors / "example.json").read_text())["response_with_systime_sync"]
    words = np.array([int(word, 16) for word in answer["words"]], np.uint64)
    shown = list(show_answers(decode_messages(words)))
    assert shown == [
        "systime 7  # cycle 7, 0.056 us",
        "omnibus_data 0x12345678  # cycle 8, 0.064 us",
        "sysdelta 0  # cycle 9, 0.072 us",
        "spike_pack_1 label0=0x1234 time0=20  # cycle 10, on the chip 10, 0.08 us",
        "systime 1002  # cycle 1002, 8.016 us",
        "loopback halt  # cycle 1003, 8.024 us",
    ]
    assert assemble_answers(SourceFile("a.txt", "\n".join(shown))).tolist() == words.tolist()


def test_answers_that_are_written_wrongly() -> None:
    with pytest.raises(DiagnosticError) as caught:
        assemble_answers(
            SourceFile("a.txt", "loopback hal\nwrite 1 2\nspike_pack 3\nhighspeed_link_notification link_up")
        )
    assert render_text(caught.value.diagnostics) == (
        "error[B122]: `hal` is not a number\n --> a.txt:1:10\n  |\n1 | loopback hal\n  |          ^^^\n"
        "  = help: did you mean `halt`?\n\n"
        "error[B121]: this is an instruction, not a message from the FPGA\n --> a.txt:2:1\n  |\n2 | write 1 2\n"
        "  | ^^^^^^^^^\n  = help: assemble it as a program\n\n"
        "error[B121]: there is no message from the FPGA `spike_pack`\n --> a.txt:3:1\n  |\n3 | spike_pack 3\n"
        "  | ^^^^^^^^^^\n  = help: did you mean `spike_pack_3`?\n\n"
        "error[B102]: `highspeed_link_notification` lacks its field `phy`\n --> a.txt:4:1\n  |\n"
        "4 | highspeed_link_notification link_up\n  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  = help: give `phy=...`"
    )
    assert assemble_answers(SourceFile("a.txt", "")).tolist() == []
