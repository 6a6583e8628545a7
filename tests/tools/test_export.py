"""`hicannx export`: options, messages, and the page of registers."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from hicannx.regmodel.load import load_registers
from hicannx.tools.cli import main
from hicannx.tools.doc.registers import registers_page
from hicannx.tools.doc.template import resource
from hicannx.tools.doc.wordpicture import word_rows
from hicannx.tools.export.choice import chosen
from hicannx.tools.export.layout import Array, Node, Word, lay_out
from hicannx.tools.export.regularity import regularity

containers = load_registers().containers
page = registers_page(chosen())


@pytest.mark.parametrize(
    ("arguments", "code", "title", "help_text"),
    [
        (
            ["header", "--only", "CrossbarNod"],
            "T750",
            "no register is named `CrossbarNod`",
            "did you mean `CrossbarNode`?",
        ),
        (["svd", "--side", "chap"], "T751", "there is no side `chap`", "did you mean `chip`?"),
        (["svd", "--side", "moon"], "T751", "there is no side `moon`", "known here: `chip`, `fpga`"),
        (
            ["html", "--side", "chip"],
            "T752",
            "`--side chip` does not go with `html`",
            "leave out --side: this format has all address spaces",
        ),
        (
            ["svd", "--only", "ShiftRegister"],
            "T753",
            "none of these registers is on the side `chip`",
            "try another side: fpga",
        ),
        (
            ["html", "-o", "/proc/none/page.html"],
            "T101",
            "cannot write `/proc/none/page.html`: no such file or directory",
            "choose another place with -o or --out",
        ),
    ],
)
def test_messages(
    arguments: list[str], code: str, title: str, help_text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *arguments, "--json"]) == 1
    (error,) = json.loads(capsys.readouterr().err)
    assert (error["code"], error["title"], error["help"]) == (code, title, help_text)


def test_an_unknown_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "verilog"]) == 2
    assert "invalid choice: 'verilog'" in capsys.readouterr().err


def test_what_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "chip.svd"
    assert main(["export", "svd", "--only", "CrossbarNode", "--only", "Shift*", "-o", str(path), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts == {
        "format": "svd",
        "output": str(path),
        "bytes": path.stat().st_size,
        "registers": 1,
        "left_out": ["ShiftRegister"],
    }
    assert main(["export", "svd", "--only", "CrossbarNode", "--only", "Shift*", "-o", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: 1 registers\nnot on this side: 1 registers (--json lists them)\n"


@pytest.mark.parametrize("form", ["header", "systemrdl", "svd", "html"])
def test_a_part_of_words_comes_with_the_words(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    side = ["--side", "fpga"] if form == "svd" else []
    assert main(["export", form, "--only", "ExternalPPUMemoryByte", *side]) == 0
    assert "one 32 bit word of FPGA-side PPU memory" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["header", "systemrdl", "svd", "html"])
def test_standard_output(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", form, "--only", "CrossbarNode"]) == 0
    text = capsys.readouterr().out
    assert "CrossbarNode" in text and text.endswith("\n")
    assert main(["export", form, "--only", "CrossbarNode", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"format": form, "text": text}


def words(node: Node, offset: int = 0) -> list[int]:
    if isinstance(node, Word):
        return [offset + node.offset]
    inner = [word for one in node.inside for word in words(one)]
    return [offset + node.offset + k * node.stride + word for k in range(node.level.count) for word in inner]


def test_pieces_do_not_overlap_and_have_names_of_their_own() -> None:
    usual = [one for one in containers.values() if one.image in (None, "dram")]
    pieces = lay_out(usual, ["chip", "chip_jtag_only"])
    assert all(first.end <= second.address for first, second in pairwise(pieces))
    assert len({one.name for one in pieces}) == len(pieces)
    found = [word for piece in pieces for node in piece.inside for word in words(node, piece.address)]
    assert len(set(found)) == len(found)
    places = [(one, place) for one in usual for place in one.places if place.space in ("chip", "chip_jtag_only")]
    assert np.array_equal(
        np.sort(found), np.sort(np.concatenate([one.all_addresses(at).ravel() for one, at in places]))
    )


def test_a_split_numbering() -> None:
    container = containers["CADCChannelConfig"]
    first, levels = regularity(container, container.places[0], 0)
    assert first == container.addresses(0)[0]
    assert [(one.name, one.count, one.stride, one.step) for one in levels] == [
        ("synram", 2, 0x1000000, 512),
        ("cadc_channel_type", 2, 1, 256),
        ("cadc_column_div_128", 2, -0x800, 128),
        ("cadc_column_mod_128", 128, 2, 1),
    ]


def test_an_array_counted_backwards() -> None:
    (piece,) = lay_out([containers["PhyConfigChip"]], ["jtag_phy"])
    (node,) = piece.inside
    assert isinstance(node, Array) and node.backwards and (piece.instance, node.step) == (7, -1)


class Reader(HTMLParser):
    """Anchors and links; every element is closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.anchors: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br", "input"):
            self.open.append(tag)
        found = dict(attrs)
        self.anchors += [found["id"]] if found.get("id") else []
        self.links += [found["href"]] if found.get("href") else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_needs_nothing_else() -> None:
    reader = Reader()
    reader.feed(page)
    assert not reader.open and len(set(reader.anchors)) == len(reader.anchors)
    assert {one.removeprefix("#") for one in reader.links} <= set(reader.anchors)
    assert all(one.startswith("#") for one in reader.links)
    assert "://" not in page and "@import" not in page and " src=" not in page
    assert "prefers-color-scheme: dark" in page


def section(name: str) -> str:
    return page[page.index(f'<section class="instruction register" id="{name}"') :].partition("</section>")[0]


@pytest.mark.parametrize("name", containers)
def test_every_register_is_on_the_page(name: str) -> None:
    one, text = containers[name], html.unescape(section(name))
    assert one.source in text and all(f'id="{name}.{field.name}"' in text for field in one.fields)
    assert text.count('class="word"') == sum(len(list(word_rows(one, word))) for word in range(one.words))
    for place in one.places:
        assert f"{place.low:#x}" in text
    for word in range(one.words):
        for row in word_rows(one, word):
            assert [a.lsb - 1 for a in row[:-1]] == [b.msb for b in row[1:]]
            assert row[-1].lsb % 32 == 0


def test_a_picture_with_oddities() -> None:
    shown = re.findall(
        r'class="box ([\w ]+)" style="grid-column: span (\d+)">.*?"cell">(.*?)</div><span class="under">(.*?)<',
        section("NeuronBackendConfig"),
    )
    plain = [(kind, width, re.sub("<[^>]*>", "", text), under) for kind, width, text, under in shown]
    assert plain[:3] == [
        ("free", "24", "", ""),
        ("field split", "2", "2", "[1:0]"),
        ("field inverted split", "6", "~address_out", "[7:2]"),
    ]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_search_finds_addresses(tmp_path: Path) -> None:
    """The script's function, given the places on the page, finds the register and the parts of each address."""
    places = {
        name: json.loads(html.unescape(re.search('data-places="([^"]*)"', section(name)).group(1)))
        for name in containers
    }
    body = re.search(r"  function digits.*?\n  }\n", resource("registers.js"), re.DOTALL)
    assert body is not None
    chosen_words = []
    for name in ("CADCChannelConfig", "NeuronConfig", "CapMemCell", "PPUControlRegister", "SynapseQuad", "ADPLL"):
        one = containers[name]
        for e in (0, one.instances // 3, one.instances - 1):
            chosen_words.append((name, e, one.addresses(e)[-1], one.words - 1))
    script = (
        f"const places = {json.dumps(places)};\n{body.group(0)}\n"
        f"const asked = {json.dumps([row[2] for row in chosen_words])};\n"
        "console.log(JSON.stringify(asked.map((a) => Object.entries(places).flatMap(([name, rows]) =>"
        " rows.map((p) => [name, p.space, p.word, digits(a, p)]).filter((r) => r[3])))));\n"
    )
    (tmp_path / "search.js").write_text(script)
    done = subprocess.run(["node", str(tmp_path / "search.js")], capture_output=True, text=True, check=True)
    for (name, e, _, word), rows in zip(chosen_words, json.loads(done.stdout), strict=True):
        one = containers[name]
        views = one.numbering.digits(e)
        wanted = {part.name: int(views[part.name]) for part in one.numbering.parts}
        assert [name, one.places[0].space, word, wanted] in rows
        assert all(row[0] == name for row in rows if row[1] == one.places[0].space)
