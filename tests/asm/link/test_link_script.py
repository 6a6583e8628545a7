"""The language of linker scripts, one feature a test: where things go and what symbols are worth."""

from __future__ import annotations

from pathlib import Path

import pytest

from hicannx.asm.assemble import assemble
from hicannx.asm.link.link import Linked, link
from hicannx.asm.link.options import LinkOptions
from hicannx.asm.link.parse import parse_script
from hicannx.asm.link.pattern import matcher, priority
from hicannx.source import SourceFile

first = """
    .globl _entry
_entry: nop
    .section .text.b, "ax"
    .long 0xb0b0b0b0
    .section .text.a, "ax"
    .long 0xa0a0a0a0
    .data
    .byte 1
    .bss
    .space 6
"""
second = """
    .long 0x22222222
    .data
    .balign 4
    .byte 2
    .section .rodata, "a"
    .byte 3
"""


def build(script: str, *sources: str, **options: object) -> Linked:
    texts = sources or (first, second)
    objects = [
        (f"f{at}.o", assemble(SourceFile(f"f{at}.s", text)).object()) for at, text in enumerate(texts)
    ]  # fmt: skip
    return link(objects, LinkOptions(script=SourceFile("test.x", script), **options))  # type: ignore[arg-type]


def values(linked: Linked) -> dict[str, int]:
    return {one.name: one.address for one in linked.symbols if one.name}


def sections(linked: Linked) -> dict[str, tuple[int, int]]:
    return {one.name: (one.address, one.size) for one in linked.sections}


def body(linked: Linked, name: str = ".text") -> str:
    return next(one for one in linked.sections if one.name == name).data.hex()


def expression(text: str, before: str = "") -> int:
    script = f"{before}SECTIONS {{ . = 0x100; .text : {{ *(.text*) }} .data : {{ *(.data) }} x = {text}; }}"
    return values(build(script))["x"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("7 / 2", 3), ("-7 / 2", 0xFFFFFFFD), ("7 % 4", 3), ("1 << 4 | 1", 17),
        ("0xf0 >> 4 & 7", 7), ("6 ^ 3", 5), ("~0", 0xFFFFFFFF), ("!0", 1), ("-1", 0xFFFFFFFF), ("+5", 5), ("1 < 2", 1),
        ("2 <= 1", 0), ("3 > 2 && 1 != 1", 0), ("0 || 4 >= 4", 1), ("1 == 1 ? 10 : 20", 10), ("0 ? 10 : 20", 20),
        ("16K", 16384), ("2M", 2 << 20), ("010", 8), ("0x10", 16), ("MAX(3, 5)", 5), ("MIN(3, 5)", 3),
        ("LOG2CEIL(17)", 5), ("LOG2CEIL(16)", 4), ("ALIGN(0x11, 16)", 0x20), ("SIZEOF(.text)", 16),
        ("ADDR(.data)", 0x114), ("LOADADDR(.text)", 0x100), ("ALIGNOF(.data)", 4), ("SIZEOF_HEADERS", 0),
        (".", 0x119), ("ALIGN(32)", 0x120), (". + 1", 0x11A), ("NEXT(64)", 0x140), ("ABSOLUTE(.) + 1", 0x11A),
        ("DEFINED(_entry)", 1), ("DEFINED(nothing)", 0), ("DEFINED(x) ? 1 : 2", 2), ("_entry + 4", 0x104),
        ("CONSTANT(MAXPAGESIZE)", 65536), ("SEGMENT_START(\"text\", 0x30)", 0x30), ("$dollar + \"a.b\"", 3),
    ],
)  # fmt: skip
def test_expressions(text: str, value: int) -> None:
    assert expression(text, '$dollar = 1; "a.b" = 2; ') == value


def test_assignments() -> None:
    script = "a = 5; a += 2; a *= 3; b = a; b -= 1; c = 100; c /= 8; d = 1; d <<= 6; d >>= 2; e = 7; e &= 5; e |= 8;"
    found = values(build(script))
    assert [found[name] for name in "abcde"] == [21, 20, 12, 16, 13]


def test_symbols_of_sections_move_with_them() -> None:
    script = "SECTIONS { . = 0x40; .text : { begin = .; *(.text*) inner = 4; end = .; } }"
    linked = build(script)
    found = {one.name: (one.address, one.section.name if one.section else "") for one in linked.symbols}
    assert (found["begin"], found["inner"], found["end"]) == ((0x40, ".text"), (0x44, ".text"), (0x50, ".text"))


def test_provide_gives_what_is_used_and_missing() -> None:
    user = ".globl _entry, mine\n_entry: .long wanted, mine, hidden\n .weak perhaps\n .long perhaps\nmine: .long 0\n"
    script = (
        "PROVIDE(wanted = 0x11); PROVIDE(mine = 0x22); PROVIDE(unused = 0x33); PROVIDE(perhaps = 0x44);"
        "PROVIDE_HIDDEN(hidden = 0x55); HIDDEN(local = 0x66); PROVIDE(indirect = 0x77); total = indirect + 1;"
    )
    linked = build(script, user)
    found = values(linked)
    assert found["wanted"] == 0x11
    assert found["mine"] == 16
    assert "unused" not in found
    assert (found["perhaps"], found["hidden"], found["local"], found["total"]) == (0x44, 0x55, 0x66, 0x78)
    bindings = {one.name: one.binding for one in linked.symbols}
    assert (bindings["hidden"], bindings["local"], bindings["wanted"]) == ("local", "local", "global")


def test_defined_symbols_go_before_the_script() -> None:
    linked = build("PROVIDE(room = 4); x = room + 1; y = more;", defines={"room": 0x10, "more": "room * 2 + _entry"})
    assert (values(linked)["x"], values(linked)["y"]) == (0x11, 0x20)


def test_memory_regions() -> None:
    script = """
    MEMORY { fast (rx) : ORIGIN = 0x100, LENGTH = 1K  slow (!rx) : org = 0x1000, len = 64  rest (w) : o = 0x2000, l = 1K }
    REGION_ALIAS("data_here", slow)
    SECTIONS { .text : { *(.text*) } > fast .data : { *(.data) } > data_here .rodata : { *(.rodata) } .bss : { *(.bss) } }
    top = ORIGIN(slow) + LENGTH(slow);
    """
    linked = build(script)
    assert sections(linked) == {
        ".text": (0x100, 16), ".data": (0x1000, 5), ".rodata": (0x110, 1), ".bss": (0x2000, 6),
    }  # fmt: skip
    assert values(linked)["top"] == 0x1040


def test_one_memory_under_two_addresses() -> None:
    script = """
    MEMORY { code (rx) : ORIGIN = 0x80000000, LENGTH = 1K  data (rw) : ORIGIN = 0x40000000, LENGTH = 1K }
    SECTIONS { .text : { *(.text*) } > code .data (ORIGIN(data) + SIZEOF(.text)) : { *(.data) *(.rodata) } > data }
    """
    linked = build(script)
    assert sections(linked)[".data"] == (0x40000010, 6)
    assert linked.images == {"external": bytes.fromhex("60000000b0b0b0b0a0a0a0a022222222") + bytes([1, 0, 0, 0, 2, 3])}
    assert linked.image() == b""


def test_load_addresses() -> None:
    script = """
    MEMORY { rom : ORIGIN = 0x1000, LENGTH = 1K  ram : ORIGIN = 0x8000, LENGTH = 1K }
    SECTIONS {
        .text : { *(.text*) } > rom
        .data : { *(.data) } > ram AT> rom
        .rodata : AT(0x2000) { *(.rodata) } > ram
        .bss : { *(.bss) } > ram
        load = LOADADDR(.data);
    }
    """
    linked = build(script)
    assert {one.name: (one.address, one.load_address) for one in linked.sections} == {
        ".text": (0x1000, 0x1000), ".data": (0x8000, 0x1010), ".rodata": (0x8005, 0x2000), ".bss": (0x8006, 0x2001),
    }  # fmt: skip
    assert values(linked)["load"] == 0x1010


def test_addresses_and_alignments_of_sections() -> None:
    script = """
    SECTIONS {
        .text 0x40 : { *(.text*) }
        .data : ALIGN(32) { *(.data) }
        .rodata ALIGN(16) : SUBALIGN(8) { *(.rodata) *(.bss) }
    }
    """
    assert sections(build(script)) == {".text": (0x40, 16), ".data": (0x60, 5), ".rodata": (0x70, 16)}


def test_data_and_filling() -> None:
    script = """
    SECTIONS { .text : {
        BYTE(1) SHORT(0x203) LONG(_entry + 4) QUAD(0x0102030405060708) SQUAD(-1)
        . = ALIGN(4); FILL(0xab) . += 2; *f0.o(.text) . = . + 3;
    } =0xc1c2 }
    """
    linked = build(script, "_entry: .globl _entry\n nop\n")
    assert body(linked) == "0102030000001e01020304050607" + "08ffffffffffffffff" + "c1" + "abab" + "60000000ababab"


@pytest.mark.parametrize(
    ("fill", "gap"), [("=0x12", "121212"), ("=0x1234", "123412"), ("=7", "000000"), ("=(1 + 1)", "000000")]
)
def test_fill_patterns(fill: str, gap: str) -> None:
    assert body(build(f"SECTIONS {{ .text : {{ . = 3; }} {fill} }}", ""))[:6] == gap


def test_sorting() -> None:
    assert body(build("SECTIONS { .text : { *(.text) *(SORT(.text.*)) } }"))[8:] == "22222222a0a0a0a0b0b0b0b0"
    names = {"init_array.00020": 1, "init_array.5": 2, "init_array.00100": 3}
    source = "".join(f'.section .{name}, "aw", @init_array\n .long {value}\n' for name, value in names.items())
    script = "SECTIONS { .text : { KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*))) } }"
    assert body(build(script, source)) == "00000002" + "00000001" + "00000003"
    widths = '.section .d.a, "aw"\n .balign 2\n .long 1\n .section .d.b, "aw"\n .balign 8\n .long 2\n'
    assert body(build("SECTIONS { .text : { *(SORT_BY_ALIGNMENT(.d.*)) } }", widths)) == "00000002" + "00000001"


def test_files() -> None:
    script = "SECTIONS { .text : { *f1.o(.text) *(EXCLUDE_FILE(*f0.o) .text) EXCLUDE_FILE(*f1.o) *(.text*) } }"
    assert body(build(script)) == "22222222" + "60000000b0b0b0b0a0a0a0a0"
    assert body(build("SECTIONS { .text : { f1.o SORT(*)(.text) } }"))[:8] == "22222222"


def test_discarding_and_keeping() -> None:
    script = "ENTRY(_entry) SECTIONS { .text : { *(.text) KEEP(*(.text.a)) *(.text.b) } /DISCARD/ : { *(.data) *(.rodata) } }"
    assert sections(build(script)) == {".text": (0, 16), ".bss": (16, 6)}
    assert body(build(script, gc_sections=True)) == "60000000a0a0a0a0"


def test_collection_follows_references() -> None:
    source = """
    .globl _entry
_entry: .long used, __start_table
    .section .text.used, "ax"
used: .long other
    .section .text.other, "ax"
other: nop
    .section .text.lost, "ax"
lost: .long used
    .section table, "aw"
    .long 5
    .section .text.wanted, "ax"
    .globl wanted
wanted: nop
    """
    linked = build("ENTRY(_entry) SECTIONS { .text : { *(.text*) } }", source, gc_sections=True, undefined=("wanted",))
    assert set(values(linked)) >= {"used", "other", "wanted", "__start_table"}
    assert "lost" not in values(linked)
    assert sections(linked) == {".text": (0, 20), "table": (20, 4)}


def test_kinds_of_sections() -> None:
    linked = build("SECTIONS { .text : { *(.text*) } .data (NOLOAD) : { *(.data) } .rodata (INFO) : { *(.rodata) } }")
    assert {one.name: (one.file_type, one.flags) for one in linked.sections} == {
        ".text": ("progbits", "ax"), ".data": ("nobits", "wa"), ".rodata": ("progbits", ""), ".bss": ("nobits", "wa"),
    }  # fmt: skip


def test_constraints() -> None:
    script = """SECTIONS {
        .text : { *(.text*) }
        .mixed : ONLY_IF_RO { *(.data .rodata) }
        .mixed : ONLY_IF_RW { *(.data .rodata) }
        .ro : ONLY_IF_RO { *(.rodata) }
    }"""
    assert sections(build(script)) == {".text": (0, 16), ".mixed": (16, 6), ".bss": (22, 6)}


def test_empty_sections_disappear_and_their_symbols_stay() -> None:
    script = "SECTIONS { .text : { *(.text) } .none : { begin = .; *(.nothing) end = .; } .data : { *(.data) } }"
    linked = build(script)
    found = {one.name: (one.address, one.section.name if one.section else "") for one in linked.symbols}
    assert ".none" not in sections(linked)
    assert found["begin"] == found["end"] == (17, ".data")
    kept = build("SECTIONS { .text : { *(.text) } .none : { . = ALIGN(1); } }")
    assert sections(kept)[".none"] == (31, 0)
    assert ".none" not in sections(build("SECTIONS { .text : { *(.text) } .none : { . = ALIGN(. != 0 ? 8 : 1); } }"))


def test_orphans_follow_their_kind() -> None:
    source = (
        first + '.section code, "ax"\n nop\n .section const, "a"\n .byte 9\n .section zeros, "aw", @nobits\n .space 3\n'
    )
    linked = build("SECTIONS { .text : { *(.text*) } .data : { *(.data) } .bss : { *(.bss) } }", source)
    assert [one.name for one in linked.sections] == [".text", "code", "const", ".data", ".bss", "zeros"]
    assert (
        values(
            build(
                "SECTIONS { .text : { *(.text) } }",
                'table: .section table, "aw"\n .long 1\n.text\n .long __stop_table\n',
            )
        )["__stop_table"]
        == 8
    )


def test_the_order_of_common_storage() -> None:
    source = ".comm alpha, 16, 4\n .comm beta, 4, 4\n .comm gamma, 32, 8\n .comm delta, 8, 8\n _entry: .long alpha\n"
    script = "SECTIONS { .text : { *(.text) } .bss : { *(.sbss) *(.bss) *(COMMON) } }"
    found = values(build(script, source))
    assert {name: found[name] for name in ("alpha", "beta", "gamma", "delta")} == {
        "alpha": 56, "beta": 16, "gamma": 24, "delta": 8,
    }  # fmt: skip


def test_strings_are_stored_once() -> None:
    one = '.section .rodata.str1.1, "aMS", @progbits, 1\na: .string "hello"\nb: .string "lo"\n .text\n .long a, b\n'
    two = '.section .rodata.str1.1, "aMS", @progbits, 1\nc: .string "hello"\nd: .string "new"\n .text\n .long c, d\n'
    linked = build("SECTIONS { .text : { *(.text) } .rodata : { *(.rodata*) } }", one, two)
    assert bytes.fromhex(body(linked, ".rodata")) == b"hello\0new\0"
    assert body(linked) == "".join(f"{word:08x}" for word in (16, 19, 16, 22))
    constants = '.section .c, "aM", @progbits, 4\na: .long 5, 6\nb: .long 5\n .text\n .long a + 4, b\n'
    linked = build("SECTIONS { .text : { *(.text) } .c : { *(.c) } }", constants)
    assert body(linked, ".c") == "0000000500000006"


def test_stubs_are_shared_in_a_section() -> None:
    script = "SECTIONS { .text : { *(.text) } .far 0x80000000 : { *(.far) } }"
    source = '_entry: bl away\n bl away\n bl away + 8\n beq away\n nop\n.section .far, "ax"\n.globl away\naway: blr\n nop\n nop\n'
    linked = build(script, source)
    assert body(linked).startswith("48000015" + "48000011" + "4800001d" + "41820008" + "60000000")
    assert body(linked)[40:] == "3d808000398c00007d8903a64e800420" + "3d808000398c00087d8903a64e800420"


def test_including_scripts(tmp_path: Path) -> None:
    (tmp_path / "regions.x").write_text("ram (rwx) : ORIGIN = 0x200, LENGTH = 1K\n")
    (tmp_path / "inner.x").write_text("*(.text)\nINCLUDE deeper.x\n")
    (tmp_path / "deeper.x").write_text("here = .;")
    script = "MEMORY { INCLUDE regions.x } SECTIONS { .text : { INCLUDE inner.x } > ram }"
    assert values(build(script, folders=(tmp_path,)))["here"] == 0x208


def test_inputs_of_the_script(tmp_path: Path) -> None:
    (tmp_path / "extra.o").write_bytes(assemble(SourceFile("x.s", ".globl extra\nextra: blr\n")).object())
    script = f"SEARCH_DIR({tmp_path}) INPUT(extra.o) EXTERN(extra) ENTRY(extra)"
    assert build(script, "nop\n").entry == 4


def test_what_has_no_meaning_here_is_passed_over() -> None:
    script = (
        'OUTPUT_FORMAT("elf32-powerpc") OUTPUT_ARCH(powerpc:common) TARGET(x) PHDRS { text PT_LOAD FLAGS(5); } # end\n'
    )
    assert parse_script(SourceFile("x", script)).items == ()
    assert sections(build(script + "SECTIONS { .text : { *(.text*) CONSTRUCTORS } :text }"))[".text"] == (0, 16)


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("*", "anything/at all", True), (".text.*", ".text.a", True), (".text.*", ".text", False), ("a?c", "abc", True),
        ("[ab]x", "bx", True), ("[!ab]x", "bx", False), ("[^ab]x", "cx", True), ("a.o", "axo", False), ("a\\*", "a*", True),
        ("a\\*b*", "a*bc", True), ("[0-9]*", "7z", True), ("a+b", "a+b", True),
    ],
)  # fmt: skip
def test_patterns(pattern: str, name: str, fits: bool) -> None:
    assert matcher(pattern)(name) is fits


def test_priorities() -> None:
    assert [priority(one) for one in (".init_array.00100", ".ctors.65435", ".init_array", ".data.5")] == [
        100,
        100,
        0,
        0,
    ]


def test_a_guarded_call_of_a_missing_function() -> None:
    script = "SECTIONS { .text 0x80000000 : { *(.text) } }"
    assert body(build(script, ".weak missing\n lis 3, missing@ha\n bl missing\n")) == "3c6000004bfffffd"
