"""The pages of `hicannx doc isa`: everything that the tables have stands in them, escaped, and links lead somewhere."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hicannx.asm.block import _actions
from hicannx.asm.condition import conditions
from hicannx.asm.directive import directives
from hicannx.asm.expand import _branches
from hicannx.isa.load import load_isa
from hicannx.tools.cli import main
from hicannx.tools.cmd_explain import explanations
from hicannx.tools.doc.directives import directive_groups
from hicannx.tools.doc.site import families, isa_pages
from hicannx.tools.doc.template import fill, prose

isa = load_isa()
pages = isa_pages()
void = {"meta", "link", "br", "input"}


class Reader(HTMLParser):
    """Anchors and links of a page; every element is closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.anchors: list[str] = []
        self.links: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in void:
            self.open.append(tag)
        found = dict(attrs)
        self.anchors += [found["id"]] if found.get("id") else []
        self.links += [found[key] for key in ("href", "src") if found.get(key)]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


readers = {name: Reader(text) for name, text in pages.items() if name.endswith(".html")}


def test_pages_are_well_formed_and_links_lead_somewhere():
    for name, one in readers.items():
        assert len(set(one.anchors)) == len(one.anchors), name
        for link in one.links:
            file, _, anchor = link.partition("#")
            assert (file or name) in pages, f"{name}: {link}"
            assert not anchor or anchor in readers[file or name].anchors, f"{name}: {link}"


def test_nothing_comes_from_elsewhere():
    for name, text in pages.items():
        assert "://" not in text and "@import" not in text, name


@pytest.mark.parametrize("row", isa.instructions.values(), ids=lambda row: row.name)
def test_every_row_is_on_the_page_of_its_family(row):
    (family,) = (one for one in families() if row in one.rows)
    page = pages[family.file]
    entry = page[page.index(f'id="{row.name}">') :].partition("</section>")[0]
    text = html.unescape(re.sub(r"<[^>]*>", "", entry))
    assert row.semantics is None or row.semantics.text.rstrip() in text
    assert row.deviation is None or row.deviation in text
    assert row.source in text and f"class {row.timing}" in text
    for example, word in row.examples.items():
        assert example in text and f"{word:#010x}" in text
    for one in isa.syntaxes_of[row.name]:
        assert one.mnemonic in text
    for operand in isa.syntaxes_of[row.name][0].operands:
        assert f"{operand.low} to " in text and isa.kinds[operand.kind].doc in text
    assert f'href="{family.file}#{row.name}"' in pages["index.html"]


def test_an_encoding_picture():
    page = pages["power-branch.html"]
    picture = page[page.index('id="b"') :].partition("</div></div>\n<pre>")[0]
    shown = re.findall(
        r'class="box (\w+)[ \w]*" style="grid-column: span (\d+)">.*?"cell">([^<]*)<.*?>([^<]*)</span></div>', picture
    )
    assert shown == [
        ("fixed", "6", "18", "opcode"),
        ("field", "24", "LI", ""),
        ("field", "1", "AA", ""),
        ("field", "1", "LK", ""),
    ]
    assert re.findall(r"<span>(\d+)</span>", picture) == ["0", "5", "6", "29", "30", "31"]


def test_the_index_finds_words():
    rows = re.findall(
        r'data-words="([^"]*)" data-text="[^"]*" data-match="(\d+)" data-mask="(\d+)"', pages["index.html"]
    )
    assert len(rows) == len(isa.instructions)
    (found,) = (words.split() for words, match, mask in rows if 0x10202BF1 & int(mask) == int(match))
    assert found == ["fxvoutx"]
    assert {word for words, _, _ in rows for word in words.split()} == set(isa.syntaxes)


def test_every_directive_is_told_of():
    shown = {one.name: one for group in directive_groups() for one in group.directives}
    expansion = {*conditions, *_actions, *_branches} - {"call"}
    assert set(shown) == set(directives()) | expansion
    assert [name for name, one in shown.items() if not one.doc] == []
    for name, row in directives().items():
        assert shown[name].usage == (row.usage or name)
    assert all(html.escape(one.usage) in pages["directives.html"] for one in shown.values())


def test_every_diagnostic_is_told_of():
    text = html.unescape(re.sub(r"<[^>]*>", "", pages["diagnostics.html"]))
    for code, one in explanations().items():
        assert f"{code}: {one.title.replace('`', '')}" in text
        assert one.explain.strip().replace("`", "") in text


def test_markup_in_texts_is_shown_as_it_stands():
    assert fill("code", text='<b a="1">&') == "<code>&lt;b a=&quot;1&quot;&gt;&amp;</code>"
    assert prose("a < b is `x & y`") == "a &lt; b is <code>x &amp; y</code>"


def test_the_same_tables_give_the_same_pages():
    assert isa_pages() == pages


def test_the_command_writes_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = tmp_path / "pages"
    assert main(["doc", "isa", "-o", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"output": str(folder), "files": sorted(pages)}
    assert {one.name: one.read_text() for one in folder.iterdir()} == pages
    assert main(["doc", "isa", "-o", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder / 'index.html'}: {len(pages)} files\n"


def test_a_folder_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "file").write_text("")
    assert main(["doc", "isa", "-o", str(tmp_path / "file")]) == 1
    place = tmp_path / "file" / "index.html"
    assert capsys.readouterr().err == (
        f"error[T101]: cannot write `{place}`: file exists\n  = help: choose another place with -o or --out\n"
    )


def test_without_a_topic(capsys: pytest.CaptureFixture[str]):
    assert main(["doc"]) == 2
    assert "hicannx doc: error: the following arguments are required: TOPIC" in capsys.readouterr().err
