import pytest

from hicannx.diagnostic import DiagnosticError
from hicannx.render import render_text
from hicannx.source import SourceFile
from hicannx.yamlsource import load_yaml, parse_yaml


def _rendered(text):
    with pytest.raises(DiagnosticError) as caught:
        parse_yaml(SourceFile("chip.yaml", text))
    return render_text(caught.value.diagnostics)


def test_values_remember_their_place():
    root = parse_yaml(SourceFile("chip.yaml", "neurons:\n  - {count: 0x40}\n"))
    count = root.value["neurons"].value[0].value["count"]
    assert (count.value, count.span.line, count.span.column, count.span.text) == (64, 2, 13, "0x40")
    assert root.key_spans["neurons"].text == "neurons"
    assert root.plain() == {"neurons": [{"count": 64}]}


def test_columns_count_characters_behind_umlauts():
    node = parse_yaml(SourceFile("x.yaml", "größe: {ähnlich: 7}\n")).value["größe"].value["ähnlich"]
    assert node.span.text == "7"


def test_an_empty_document_is_an_empty_mapping():
    assert parse_yaml(SourceFile("x.yaml", "# nothing\n")).plain() == {}


def test_malformed_yaml_is_shown_where_the_parser_gave_up():
    assert _rendered("a: 1\nb: [1, 2\nc: 3\n") == (
        "error[H201]: malformed YAML: did not find expected ',' or ']'\n"
        " --> chip.yaml:3:2\n"
        "  |\n"
        "3 | c: 3\n"
        "  |  ^\n"
        "  = help: check the indentation, colons and quotes on this line and the one before it"
    )


def test_a_key_given_twice_is_an_error():
    assert _rendered("a: 1\na: 2\n") == (
        "error[H202]: key `a` is given twice\n"
        " --> chip.yaml:2:1\n"
        "  |\n"
        "2 | a: 2\n"
        "  | ^\n"
        "  = help: remove one of them; the first stands on line 1"
    )


@pytest.mark.parametrize(
    "text", ["a: *nobody\n", "a: !!python/object:os.system 1\n", "{[1]: 2}\n", "\ta: 1\n", "a: 2001-99-99\n"]
)
def test_odd_documents_are_diagnosed(text):
    assert _rendered(text).startswith("error[H201]: malformed YAML: ")


def test_deep_nesting_is_diagnosed():
    assert _rendered("[" * 20000).startswith("error[H201]: malformed YAML")


def test_a_missing_and_a_binary_file(tmp_path):
    with pytest.raises(DiagnosticError) as caught:
        load_yaml(tmp_path / "none.yaml")
    assert caught.value.diagnostics[0].code == "H101"
    assert caught.value.diagnostics[0].title == f"cannot read `{tmp_path / 'none.yaml'}`: no such file or directory"
    (tmp_path / "binary.yaml").write_bytes(b"a: \xff\xfe")
    with pytest.raises(DiagnosticError) as caught:
        load_yaml(tmp_path / "binary.yaml")
    assert caught.value.diagnostics[0].title == f"`{tmp_path / 'binary.yaml'}` is not a text file: byte 3 is not UTF-8"


def test_aliases_do_not_make_more_than_memory_holds():
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))
    assert _rendered(f"a0: &a0 [x, x]\n{levels}\n").splitlines()[:2] == [
        "error[H201]: malformed YAML: aliases make more than 1000000 values",
        " --> chip.yaml:7:30",
    ]
    few = parse_yaml(SourceFile("chip.yaml", "a: &a [1, 2]\nb: [*a, *a]\n"))
    assert few.plain() == {"a": [1, 2], "b": [[1, 2], [1, 2]]}
