"""A client of our own against the server: registers, memory, breakpoints, watchpoints, steps, the way back."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from hicannx.diagnostic import DiagnosticError
from hicannx.tools.gdb.description import registers, target_xml
from hicannx.tools.gdb.packet import frame
from hicannx.tools.gdb.server import serve
from hicannx.tools.gdb.target import Target

# 0: lis r4,1; 4: mtctr; 8: the loop (add, stw, lwz, bdnz); 0x18: wait
loop = """
        lis     4, 1
        mtctr   4
loop:   addi    3, 3, 1
        stw     3, 0x100(0)
        lwz     5, 0x104(0)
        bdnz    loop
        wait
"""
numbers = {one.name: number for number, one in enumerate(registers())}
Connect = Callable[[str], Any]


def register(client: Any, name: str) -> int:
    return int(client.ask(f"p{numbers[name]:x}"), 16)


def test_what_is_offered(connect: Connect) -> None:
    client = connect(loop)
    offered = client.ask("qSupported:multiprocess+;swbreak+").split(";")
    assert offered[0] == "PacketSize=4000"
    assert {"qXfer:features:read+", "ReverseStep+", "ReverseContinue+", "QStartNoAckMode+"} <= set(offered)
    assert client.ask("QStartNoAckMode") == "OK"
    client.acknowledges = False
    assert client.ask("?") == "T05"
    text, offset = "", 0
    while True:
        part = client.ask(f"qXfer:features:read:target.xml:{offset:x},400")
        text, offset = text + part[1:], offset + len(part) - 1
        if part[0] == "l":
            break
    assert text == target_xml().decode()
    assert client.ask("vMustReplyEmpty") == client.ask("qWhatever") == client.ask("") == ""
    assert client.ask("D") == "OK"


def test_registers(connect: Connect) -> None:
    client = connect(loop)
    everything = client.ask("g")
    assert everything == "00000000" * (len(everything) // 8)
    assert len(everything) // 8 == numbers["v0"]
    assert client.ask("G" + "0" * 8 + "01234567" + everything[16:]) == "OK"
    assert register(client, "r1") == 0x01234567
    for name, value in {
        "r3": 0xFFFFFFFF,
        "cr": 0x12345678,
        "dec": 1000,
        "srr0": 0x44,
        "v7": 3,
        "acc": 5,
        "vcr": 1,
    }.items():
        size = registers()[numbers[name]].bits // 4
        assert client.ask(f"P{numbers[name]:x}={value:0{size}x}") == "OK"
        assert register(client, name) == value, name
    assert client.ask(f"P{numbers['xer']:x}=ffffffff") == "OK" and register(client, "xer") == 0xE0000000
    assert client.ask(f"P{numbers['pc']:x}=0000000b") == "OK" and register(client, "pc") == 8
    assert client.ask("p7f") == client.ask("P7f=00") == client.ask("P3=00") == client.ask("G00") == "E01"


def test_memory(connect: Connect) -> None:
    client = connect(loop)
    assert client.ask("m0,8") == "3c8000017c8903a6"
    assert client.ask("m2,3") == "00017c"
    assert client.ask("M101,3:abcdef") == "OK" and client.ask("m100,8") == "00abcdef00000000"
    assert client.ask(b"X102,4:" + b"$#}*") == "OK" and client.ask("m101,5") == "ab24237d2a"
    assert client.ask("X0,0:") == "OK"
    assert client.ask("M40000000,4:00000007") == "OK"
    assert client.ask("m80000000,4") == "00000007"  # instructions see that memory elsewhere
    assert client.ask("m3ffe,10") == "0000"  # the end of the memory
    assert client.ask("m4000,4") == client.ask("m30000000,1") == client.ask("M4000,1:00") == "E02"
    assert client.ask("mffffffffffffffff,4") == "E02"
    assert client.ask("M0,2:00") == "E01"


def test_breakpoints_and_steps(connect: Connect) -> None:
    client = connect(loop)
    assert client.ask("s") == "T05" and register(client, "pc") == 4
    assert client.ask("vCont;s:1;c") == "T05" and register(client, "pc") == 8
    assert client.ask("Z0,14,4") == client.ask("Z1,c,4") == "OK"
    assert client.ask("c") == "T05" and register(client, "pc") == 0xC
    assert client.ask("vCont;c") == "T05" and register(client, "pc") == 0x14
    assert client.ask("z1,c,4") == "OK"
    assert client.ask("c") == "T05" and (register(client, "pc"), register(client, "r3")) == (0x14, 2)
    assert client.ask("vCont;r14,18:1") == "T05" and register(client, "pc") == 8
    assert client.ask("vCont;r8,14:1") == "T05" and register(client, "pc") == 0x14
    assert client.ask("z0,14,4") == "OK"
    assert client.ask("c") == "T00"
    assert client.texts == ["The processor sleeps, and nothing of its own will wake it.\n"]
    assert (register(client, "pc"), register(client, "r3")) == (0x1C, 0x10000)
    assert client.ask("c8") == "T00" and register(client, "r3") == 0x10000  # asleep, wherever it is told to go on


def test_watchpoints_stop_in_front_of_the_access(connect: Connect) -> None:
    client = connect(loop)
    assert client.ask("Z2,100,4") == "OK"
    for count in (0, 1, 2):
        assert client.ask("c") == "T05watch:100;"
        assert (register(client, "pc"), client.ask("m100,4")) == (0xC, f"{count:08x}")
        assert client.ask("z2,100,4") == "OK" and client.ask("s") == "T05" and client.ask("Z2,100,4") == "OK"
        assert (register(client, "pc"), client.ask("m100,4")) == (0x10, f"{count + 1:08x}")
    assert client.ask("z2,100,4") == "OK"
    assert client.ask("Z3,106,1") == "OK"
    assert client.ask("c") == "T05rwatch:106;" and register(client, "pc") == 0x10
    assert client.ask("z3,106,1") == "OK" and client.ask("Z3,100,4") == "OK" and client.ask("Z4,102,2") == "OK"
    assert client.ask("c") == "T05awatch:102;" and register(client, "pc") == 0xC
    assert client.ask("Z2,80000000,4") == "OK"
    assert client.ask("Z2,4000,4") == "E02"


def test_a_large_watchpoint_goes_away_again(connect: Connect) -> None:
    client = connect(loop)
    assert client.ask("Z2,0,4001") == "E02"
    assert client.ask("Z2,100,3f00") == "OK" and client.ask("c") == "T05watch:100;"
    assert client.ask("z2,100,3f00") == "OK" and client.ask("c") == "T00"


def test_steps_stop_in_front_of_an_access_once(connect: Connect) -> None:
    client = connect(loop)
    assert client.ask("Z4,100,4") == "OK"
    assert client.ask("vCont;r0,14:1") == "T05awatch:100;" and register(client, "pc") == 0xC
    assert client.ask("s") == "T05" and register(client, "pc") == 0x10
    assert client.ask("Z0,c,4") == "OK" and client.ask("c") == "T05" and register(client, "pc") == 0xC
    assert client.ask("s") == "T05awatch:100;" and register(client, "pc") == 0xC
    assert client.ask("c") == "T05" and register(client, "pc") == 0xC and client.ask("m100,4") == "00000002"


def test_the_way_back(connect: Connect) -> None:
    client = connect(loop)
    for _ in range(7):
        client.ask("s")
    seen = client.ask("g")
    assert (register(client, "pc"), register(client, "r3")) == (0xC, 2)
    assert client.ask("bs") == "T05" and (register(client, "pc"), register(client, "r3")) == (8, 1)
    assert client.ask("bs") == "T05" and register(client, "pc") == 0x14
    assert [client.ask("s"), client.ask("s")] == ["T05", "T05"] and client.ask("g") == seen
    assert client.ask("c") == "T00"
    end = client.ask("g")
    assert client.ask("Z0,8,4") == "OK"
    assert client.ask("bc") == "T05" and (register(client, "pc"), register(client, "r3")) == (8, 0xFFFF)
    assert client.ask("bc") == "T05" and (register(client, "pc"), register(client, "r3")) == (8, 0xFFFE)
    assert client.ask("z0,8,4") == "OK"
    assert client.ask("Z2,100,4") == "OK"
    assert client.ask("bc") == "T05watch:100;"
    assert (register(client, "pc"), client.ask("m100,4")) == (0x10, "0000fffe")  # behind it, for the way back
    assert client.ask("z2,100,4") == "OK"
    assert client.ask("c") == "T00" and client.ask("g") == end
    assert client.ask("bc") == "T05replaylog:begin;" and register(client, "pc") == 0
    assert client.ask("bs") == "T05replaylog:begin;"


def test_what_is_changed_changes_what_follows(connect: Connect) -> None:
    client = connect(loop)
    for _ in range(4):
        client.ask("s")
    assert client.ask("bs") == "T05" and register(client, "pc") == 0xC
    assert client.ask(f"P{numbers['r3']:x}=00000063") == "OK"
    assert client.ask("s") == "T05" and client.ask("m100,4") == "00000063"
    assert client.ask("bs") == "T05" and register(client, "r3") == 0x63
    assert client.ask("bs") == "T05" and register(client, "r3") == 0
    assert client.ask("s") == "T05" and register(client, "r3") == 1


def test_far_back(connect: Connect) -> None:
    """A run over many snapshots: some are dropped, and every instruction of the past is still reached."""
    client = connect("        lis 4, 40\n        mtctr 4\nloop:   addi 3, 3, 1\n        bdnz loop\n        wait\n")
    assert client.ask("c") == "T00"
    end = client.ask("g")
    for _ in range(3):
        assert client.ask("bs") == "T05"
    assert (register(client, "pc"), register(client, "r3")) == (8, (40 << 16) - 1)
    assert client.ask("Z0,4,4") == "OK"
    assert client.ask("bc") == "T05" and register(client, "pc") == 4
    assert client.ask("c") == "T00" and client.ask("g") == end


def test_interrupted(connect: Connect) -> None:
    client = connect("loop: addi 3, 3, 1\n b loop\n")
    client.post("c")
    client.stream.sendall(b"\x03")
    assert client.reply() == "T02"
    assert client.ask("s") == "T05"


def test_a_fault_is_told(connect: Connect) -> None:
    client = connect("        lis 4, 0x3000\n        lwz 3, 0(4)\n        wait\n")
    assert client.ask("c") == "T0a"
    (text,) = client.texts
    assert text.startswith("error[E107]: no memory and no bus is mapped at data address 0x30000000\n")
    assert register(client, "pc") == 4 and client.ask("?") == "T0a"
    assert client.ask("bs") == "T05" and register(client, "pc") == 0


def test_an_interrupt_stops_at_its_handler(connect: Connect) -> None:
    source = """
        b       main
        .org    0x30
        b       handler
        .org    0x100
main:   lis     3, 0x400            # DIE
        mtspr   340, 3
        li      3, 40
        mtspr   22, 3
        ori     4, 4, 0x8000
        mtmsr   4
loop:   addi    5, 5, 1
        b       loop
handler: wait
"""
    client = connect(source)
    assert client.ask("Z0,30,4") == "OK"
    assert client.ask("c") == "T05" and register(client, "pc") == 0x30
    came_from = register(client, "srr0")
    assert client.ask("bs") == "T05"
    assert client.ask("s") == "T05" and register(client, "pc") == 0x30 and register(client, "srr0") == came_from


def test_monitor(connect: Connect) -> None:
    client = connect("        li 3, 9\n        fxvsplath 1, 3\n        fxvmtach 1\n        fxvcmph 1\n        wait\n")
    assert client.ask("c") == "T00"
    assert client.monitor("cycles") == f"{client.monitor('cycles').split()[0]} cycles, 5 instructions\n"
    lines = client.monitor("acc").splitlines()
    assert len(lines) == 8 and lines[0] == "  0:" + "           9" * 8
    lines = client.monitor("vcr").splitlines()
    assert len(lines) == 16 and lines[15] == "120:" + "          gt" * 8
    assert client.monitor("state").splitlines()[1:] == [
        "processor 0 sleeps at 0x0014",
        "processor 1 is in reset at 0x0000",
    ]
    assert client.monitor("help").splitlines()[0] == "help         List the commands."
    assert client.monitor("nothing of that") == "there is no command `nothing of that`; `monitor help` lists them\n"
    assert client.ask("M0,4:00000000") == "OK"
    assert client.monitor("reset").startswith("the processor stands in front of its first")
    assert (register(client, "pc"), client.ask("m0,4"), register(client, "r3")) == (0, "38600009", 0)
    assert client.ask("vRun;") == "T05" and client.ask("c") == "T00"


def test_clients_come_and_go(
    make_target: Callable[[str], Target],
    serve_target: Callable[[Target], AbstractContextManager[int]],
    client_class: Any,
) -> None:
    with serve_target(make_target(loop)) as port:
        first = client_class(port)
        assert first.ask("Z0,8,4") == "OK" and first.ask("s") == "T05"
        first.close()
        second = client_class(port)
        assert register(second, "pc") == 4
        assert second.ask("c") == "T00"  # breakpoints go with their client
        second.post("k")
        assert second.receive() is None
        second.close()


def test_damaged_packets_are_asked_for_again(connect: Connect) -> None:
    client = connect(loop)
    client.stream.sendall(b"$g#00")
    assert client.receive().name == "REFUSED"
    assert client.ask("m0,4") == "3c800001"
    client.stream.sendall(b"-")
    assert client.reply() == "3c800001"


def test_the_port_is_taken(make_target: Callable[[str], Target]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(DiagnosticError) as caught:
        serve(make_target(loop), taken.getsockname()[1], lambda _: None)
    (found,) = caught.value.diagnostics
    assert found.code == "T211" and found.title.startswith("cannot listen on port ")
    with pytest.raises(DiagnosticError) as caught:
        serve(make_target(loop), 70000, lambda _: None)
    assert caught.value.diagnostics[0].code == "T211"


def test_garbage(connect: Connect) -> None:
    """Whatever comes, framed or not, the server answers what makes sense afterwards."""
    client = connect("loop: b loop\n")
    assert client.ask("QStartNoAckMode") == "OK"
    client.acknowledges = False
    chance = random.Random(1)
    beginnings = [
        "m",
        "M",
        "X",
        "G",
        "P",
        "p",
        "Z",
        "z",
        "Z2,",
        "qXfer:features:read:",
        "qRcmd,",
        "vCont;",
        "H",
        "QS",
        "c;",
    ]
    letters = "0123456789abcdefg,:;#$}* \x00\xff"
    for _ in range(1500):
        text = chance.choice(beginnings) + "".join(chance.choices(letters, k=chance.randrange(12)))
        if text[:7] in ("vCont;c", "vCont;C") or text[:1] in "cC":
            continue  # this one would go on for ever
        client.ask(text)
    for _ in range(300):
        client.stream.sendall(chance.randbytes(chance.randrange(40)).replace(b"\x03", b""))
    client.stream.sendall(b"#00#00" + frame(b"qC"))
    client.stream.settimeout(30)
    while client.reply() != "":
        pass
    assert client.monitor("help").startswith("help")
