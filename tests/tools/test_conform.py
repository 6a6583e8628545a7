"""`hicannx conform`: how golden files are found and recognised, what is printed, what counts as a failure."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from hicannx.tools import execution
from hicannx.tools.cli import main
from hicannx.tools.conform import examine as examining
from hicannx.tools.conform.difference import difference
from hicannx.tools.conform.execution import check as check_execution
from hicannx.tools.conform.folder import read_folder
from hicannx.tools.conform.kind import classify, load_check, load_kinds
from hicannx.tools.conform.objectview import view
from hicannx.tools.conform.outcome import Status, passed
from hicannx.tools.conform.read import read_content
from hicannx.tools.conform.record import Context

vectors = Path(__file__).resolve().parent.parent / "vectors" / "toolchain"
good = {"asm": "li 3,5", "word": "0x38600005", "disasm": "li r3,5", "nux": True}


def lines(*records: Any) -> str:
    return "".join(f"{record if isinstance(record, str) else json.dumps(record)}\n" for record in records)


def conform(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    code = main(["conform", *map(str, words)])
    captured = capsys.readouterr()
    assert captured.err == ""
    return code, captured.out


def test_a_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tree" / "encodings").mkdir(parents=True)
    (tmp_path / "tree" / "src").mkdir()
    (tmp_path / "tree" / "src" / "one.c").write_text("int main;")
    (tmp_path / "tree" / "README.md").write_text("text")
    (tmp_path / "tree" / "other.txt").write_text("text")
    (tmp_path / "tree" / "encodings" / "mnemonics.json").write_text("{}")
    (tmp_path / "tree" / "encodings" / "some.jsonl").write_text(lines(good, {**good, "word": "0x38600006"}, good))
    compressed = lzma.compress(lines({**good, "flags": "-mnux -mregnames", "asm": "li r3,5"}).encode())
    (tmp_path / "tree" / "renamed.jsonl.xz").write_bytes(compressed)
    monkeypatch.chdir(tmp_path)
    assert conform(capsys, "tree") == (
        1,
        """\
tree/encodings/some.jsonl: 2 passed, 1 failed, 0 skipped
  line 2: dialect gas gives another word
    input     li 3,5
    expected  0x38600006
    got       0x38600005
tree/renamed.jsonl.xz: 1 passed, 0 failed, 0 skipped
tree/README.md: ignored (text)
tree/encodings/mnemonics.json: ignored (counts of lines)
tree/other.txt: ignored (no golden data are known in files of this name)
tree/src: ignored (sources of the compiled programs)
total: 3 passed, 1 failed, 0 skipped
""",
    )
    assert conform(capsys, "tree/renamed.jsonl.xz")[0] == 0


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, manifest = tmp_path / "some.jsonl", tmp_path / "manifest.json"
    path.write_text(lines(good, {"what": 1}))
    manifest.write_text("[]")
    code, out = conform(capsys, tmp_path, "--json")
    assert code == 1
    assert json.loads(out) == {
        "files": [
            {
                "path": str(path),
                "kinds": {"encoding": 1, "": 1},
                "passed": 1,
                "failed": 1,
                "skipped": {},
                "failures": [
                    {
                        "place": "line 2",
                        "input": "",
                        "code": "T403",
                        "reason": "no kind of record has the keys of this one: `what`",
                        "expected": "",
                        "got": "",
                    }
                ],
            }
        ],
        "ignored": {str(manifest): "a list of what stands beside it"},
        "total": {"passed": 1, "failed": 1, "skipped": 0},
    }


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"asm": 1', "error[T402]: the line is not JSON: Expecting ',' delimiter at column 1"),
        ("[1]", "error[T402]: the line is no JSON object"),
        ("[" * 100000, "error[T402]: the line is not JSON: "),
        ({"a": 1, "b": 2}, "error[T403]: no kind of record has the keys of this one: `a`, `b`"),
        ({}, "error[T403]: no kind of record has the keys of this one: none"),
        ({**good, "word": "3860"}, "error[T402]: `word` is '3860', not hex"),
        ({**good, "nux": None}, "error[T402]: `nux` is None, not flag"),
        ({"cat": "x", "src": " nop\n", "messages": [3]}, "error[T402]: `messages` is [3], not messages"),
    ],
    ids=lambda one: str(one)[:20],
)
def test_malformed_records(
    line: Any, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is a failure, and the records beside it count."""
    (tmp_path / "errors.jsonl").write_text(lines(good, line, good))
    monkeypatch.chdir(tmp_path)
    code, out = conform(capsys, "errors.jsonl")
    assert code == 1
    assert out.startswith(f"errors.jsonl: 2 passed, 1 failed, 0 skipped\n  line 2: {message}")
    assert out.endswith("\ntotal: 2 passed, 1 failed, 0 skipped\n")


def test_damaged_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    whole = lzma.compress(lines(*[{**good, "flags": str(number)} for number in range(5000)]).encode())
    (tmp_path / "cut.jsonl.xz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.jsonl").write_text("\n")
    (tmp_path / "none.jsonl.xz").write_bytes(b"nothing compressed")
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe\n")
    monkeypatch.chdir(tmp_path)
    code, out = conform(capsys, "bytes.jsonl", "cut.jsonl.xz", "empty.jsonl", "none.jsonl.xz")
    assert code == 1
    for message in (
        "line 1: error[T402]: the line is not JSON: 'utf-8' codec can't decode byte 0xff in position 0: "
        "invalid start byte",
        " records: error[T402]: the file is damaged: Compressed file ended before the end-of-stream marker was reached",
        "the file: error[T402]: there are no records in it",
        "after 0 records: error[T402]: the file is damaged: Input format not supported by decoder",
    ):
        assert message in out, message


def test_paths_that_are_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conform", str(tmp_path / "no.jsonl")]) == 1
    assert capsys.readouterr().err == (
        f"error[T401]: there is nothing at `{tmp_path}/no.jsonl`\n"
        "  = help: name golden files, or folders with some below\n"
    )
    (tmp_path / "one.txt").write_text("text")
    code, out = conform(capsys, tmp_path / "one.txt")
    assert code == 1 and "the file: error[T403]: this is no golden file" in out


def test_nothing_that_ran_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert conform(capsys, tmp_path) == (
        1,
        f"{tmp_path}: ignored (no golden data below)\ntotal: 0 passed, 0 failed, 0 skipped: nothing ran\n",
    )
    record = {"asm": "slw 3,4,5", "word": "0x7c832830", "pre": {"gpr": {}}, "post": {}, "nux_differs": "five bits"}
    (tmp_path / "shift.jsonl").write_text(lines(record, record))
    assert conform(capsys, tmp_path / "shift.jsonl") == (
        1,
        f"{tmp_path}/shift.jsonl: 0 passed, 0 failed, 2 skipped\n"
        "  skipped 2: the processor is not like the oracle: five bits\n"
        "total: 0 passed, 0 failed, 2 skipped: nothing ran\n",
    )


def test_only_the_first_failures_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "many.jsonl").write_text(lines(*[{**good, "asm": f"li 3,{number}"} for number in range(20)]))
    out = conform(capsys, tmp_path / "many.jsonl")[1]
    assert out.count("dialect gas gives another word") == 5
    assert "\n  and 14 more failed\n" in out
    out = conform(capsys, tmp_path / "many.jsonl", "--failures", "1")[1]
    assert out.count("dialect gas gives another word") == 1


def test_a_check_that_breaks_down_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(record: object, context: object) -> None:
        raise IndexError("list index out of range")

    monkeypatch.setattr(examining, "load_check", lambda kind: broken)
    (tmp_path / "one.jsonl").write_text(lines(good))
    code, out = conform(capsys, tmp_path / "one.jsonl")
    assert code == 1
    assert "line 1: error[T404]: IndexError at test_conform.py:" in out and ": list index out of range\n" in out


def test_a_file_named_twice_counts_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.jsonl").write_text(lines(good))
    assert conform(capsys, tmp_path, tmp_path / "one.jsonl")[1].endswith("total: 1 passed, 0 failed, 0 skipped\n")


def test_progress_of_a_slow_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(execution, "_patience_s", -1.0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    (tmp_path / "one.jsonl").write_text(lines(good, good))
    assert main(["conform", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    assert "running" in captured.err and "running" not in captured.out


warning = {"cat": "x", "src": " nop\n", "messages": [{"line": 1, "kind": "warning"}]}
error = {"cat": "x", "src": " nop\n", "messages": [{"line": 1, "kind": "error"}]}
unclear = {"cat": "x", "src": " nop\n", "messages": []}


@pytest.mark.parametrize(
    ("record", "name", "kind"),
    [
        (warning, "any.jsonl", "warned"),
        (error, "any.jsonl", "rejected"),
        (unclear, "any.jsonl", "rejected"),
        (unclear, "warnings.jsonl.xz", "warned"),
        (warning, "errors.jsonl", "rejected"),
        ({**error, "other": []}, "any.jsonl", "rejected"),
        ({"cat": "x", "src": "", "text": "", "relocs": []}, "any.jsonl", "surprise"),
        ({"src": "", "rc": 1, "messages": []}, "any.jsonl", "snippet"),
        ({"name": "", "sources": [], "script": "", "args": [], "rc": 0}, "any.jsonl", "link_case"),
        ({"word": "0x0", "disasm": "", "rtl": None, "reasm": None}, "any.jsonl", "random_word"),
        ({"asm": "", "word": "0x0", "pre": {}, "post": {}}, "any.jsonl", "execution"),
        (good, "errors.jsonl", "encoding"),
    ],
)
def test_kinds(record: dict[str, Any], name: str, kind: str) -> None:
    assert classify(record, name) == kind


def test_every_kind_has_its_module() -> None:
    assert all(callable(load_check(name)) for name in load_kinds().all)


@pytest.mark.parametrize(
    ("kind", "record", "reason"),
    [
        ("rejected", {**error, "src": " li 3,40000\n"}, ""),
        ("rejected", error, "it is accepted"),
        ("rejected", {**error, "src": " nop\n li 3,40000\n"}, "no error on line 1"),
        ("rejected", {**error, "src": ".macro m\n li 3,40000\n.endm\n m\n", "messages": [{"line": 4, "kind": "error"}]}, ""),
        ("warned", {**warning, "src": " .byte 300\n"}, ""),
        ("warned", warning, "no warning on line 1"),
        ("warned", {**warning, "src": " li 3,40000\n"}, "it is rejected"),
        ("surprise", {"cat": "x", "src": " .byte 300\n", "text": "2c", "relocs": []}, ""),
        ("surprise", {"cat": "x", "src": " .byte 300\n", "text": "2d", "relocs": []}, "the bytes of `.text` differ"),
        ("surprise", {"cat": "x", "src": " nop\n", "text": "60000000", "relocs": []}, "nothing warns of it"),
        (
            "surprise",
            {"cat": "x", "src": " .byte 300, 0, 0, 0\n b ext+8\n", "text": "2c00000048000000", "relocs": ["00000004 R_PPC_REL24 ext+0x00000008"]},
            "",
        ),
        ("surprise", {"cat": "x", "src": " .byte 300\n .space 200\n", "text": "2c" + "00" * 99, "relocs": []}, ""),
        ("snippet", {"src": " frob\n", "rc": 1}, ""),
        ("snippet", {"src": " nop\n", "rc": 1}, "it is accepted"),
        ("snippet", {"src": " nop\n", "rc": 0, "sections": [], "symbols": [], "relocations": []}, "there is a section too many"),
        ("encoding", {**good, "nux": False}, "dialect ppu accepts it"),
        ("encoding", {**good, "disasm": "li r3,6"}, "the disassembler's text differs"),
        ("encoding", {**good, "asm": "frob", "nux": False}, "dialect gas gives another word"),
        ("encoding", {"asm": "rfci", "word": "0x4c000066", "disasm": "rfci", "nux": True, "flags": "rejected by the fork under -mnux"}, ""),
        ("encoding", {**good, "flags": "rejected by the fork under -mnux"}, "dialect gas accepts it"),
        ("random_word", {"word": "0x38600005", "disasm": "li r3,5", "rtl": None, "reasm": None}, "the processor has no such instruction"),
        ("random_word", {"word": "0x38600005", "disasm": "li r3,5", "rtl": "addi", "reasm": "0x38600006"}, "`li r3,5` gives another word"),
    ],
)  # fmt: skip
def test_checks(kind: str, record: dict[str, Any], reason: str) -> None:
    """Each check tells agreement from disagreement."""
    outcome = load_check(kind)(record, Context(vectors))
    assert outcome.reason == reason
    assert outcome.status is (Status.FAILED if reason else Status.PASSED)


state = {"gpr": {"4": "0x00000001", "5": "0x00000002"}, "cr": "0x00000000", "xer": "0x00000000"}
add = {"asm": "add 3,4,5", "word": "0x7c642a14", "pre": state, "post": {"gpr": {"3": "0x00000003"}}}
store = {"asm": "stw 3,0(4)", "word": "0x90640000", "pre": {"gpr": {"3": "0x12345678", "4": "0x00000100"}}, "post": {}}
moved = {"mem": {"0x00000100": "12345678"}}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (add, ""),
        ({**add, "post": {"gpr": {"3": "0x00000004"}}}, "`gpr3` differs (reference)"),
        ({**add, "post": {"gpr": {"3": "0x00000013"}}, "undef": ["gpr3&0xfffffff0"]}, ""),
        ({**add, "post": {"gpr": {"3": "0x00000014"}}, "undef": ["gpr3&0xfffffff0"]}, "`gpr3` differs (reference)"),
        ({**add, "post": {"gpr": {"3": "0xdeadbeef"}}, "undef": ["gpr3"]}, ""),
        ({**add, "post": {"gpr": {"3": "0x00000003"}, "cr": "0x80000000"}, "undef": ["cr0.lt"]}, ""),
        ({**add, "post": {"gpr": {"3": "0x00000003"}, "cr": "0x80000000"}}, "`cr` differs (reference)"),
        ({**add, "post": {"trap": True}}, "it traps only on one side (reference)"),
        ({**store, "post": moved}, ""),
        (store, "the word at 0x00000100 differs (reference)"),
        ({**add, "word": "0x00000000"}, "the processor has no such instruction"),
    ],
)
def test_execution(record: dict[str, Any], reason: str) -> None:
    assert check_execution(record, Context(vectors)).reason == reason


@pytest.mark.parametrize("name", ["p12_section_stack", "p17_far_calls"])
def test_the_reader_of_elf_files(name: str) -> None:
    """It tells of files that GNU ld made what another reader told."""
    expected = json.loads(read_content(vectors / "programs" / name / "expected.json"))["linked"]
    assert difference(expected, view(read_content(vectors / "programs" / name / "prog.elf"))) == passed


def test_a_program_folder(tmp_path: Path) -> None:
    folder = vectors / "programs" / "p07_multi"
    assert [record.place for record, _ in read_folder(folder)] == ["main.o", "lib.o", "init.o", "linked", "run"]
    (tmp_path / "expected.json").write_text("{}")
    ((_, outcome),) = read_folder(tmp_path)
    assert outcome is not None and outcome.code == "T403"
    (tmp_path / "expected.json").write_text("{")
    ((_, outcome),) = read_folder(tmp_path)
    assert outcome is not None and outcome.code == "T402"


def test_scripts_are_found_from_any_place() -> None:
    for folder in (vectors, vectors / "programs", vectors / "programs" / "common", vectors / "programs" / "p07_multi"):
        assert Context(folder).script("flat16k.x") == vectors / "programs" / "common" / "flat16k.x"
    assert Context(vectors).script("none.x") is None
