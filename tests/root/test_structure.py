import attrs
import pytest

from hicannx.diagnostic import DiagnosticError, Diagnostics
from hicannx.render import render_json, render_text
from hicannx.source import SourceFile, Span
from hicannx.structure import structure
from hicannx.yamlsource import parse_yaml


@attrs.frozen
class Source:
    label: int
    rate_hz: float = 1.0
    from_: str = ""


@attrs.frozen
class Plan:
    name: str
    sources: list[Source] = attrs.field(factory=list)
    limits: dict[str, int | str] = attrs.field(factory=dict)
    seed: int | None = None
    span: Span | None = None
    place: Span = attrs.field(default=None)


def _node(text):
    return parse_yaml(SourceFile("plan.yaml", text))


def test_nested_classes_are_built():
    plan = structure(
        _node("name: fly\nsources: [{label: 3, rate_hz: 20, from: a}]\nlimits: {a: 1, b: x}\nseed: null\n"), Plan
    )
    assert plan.sources == [Source(3, 20.0, "a")]
    assert plan.limits == {"a": 1, "b": "x"}
    assert (plan.name, plan.seed) == ("fly", None)


def test_every_mistake_is_reported_in_one_run():
    with pytest.raises(DiagnosticError) as caught:
        structure(_node("sources:\n  - {labl: 3}\n  - {label: true}\nseed: [1]\n"), Plan)
    assert render_text(caught.value.diagnostics) == (
        "error[H203]: unknown key `labl`\n"
        " --> plan.yaml:2:6\n"
        "  |\n"
        "2 |   - {labl: 3}\n"
        "  |      ^^^^\n"
        "  = help: did you mean `label`?\n"
        "\n"
        "error[H205]: missing key `label`\n"
        " --> plan.yaml:2:5\n"
        "  |\n"
        "2 |   - {labl: 3}\n"
        "  |     ^^^^^^^^^\n"
        "  = help: add `label: ...`\n"
        "\n"
        "error[H204]: expected an integer, found true or false\n"
        " --> plan.yaml:3:13\n"
        "  |\n"
        "3 |   - {label: true}\n"
        "  |             ^^^^\n"
        "\n"
        "error[H204]: expected an integer, found a list\n"
        " --> plan.yaml:4:7\n"
        "  |\n"
        "4 | seed: [1]\n"
        "  |       ^^^\n"
        "\n"
        "error[H205]: missing key `name`\n"
        " --> plan.yaml:1:1\n"
        "  |\n"
        "1 | sources:\n"
        "  | ^^^^^^^^\n"
        "  = help: add `name: ...`"
    )


def test_a_collector_receives_the_mistakes():
    diagnostics = Diagnostics()
    assert structure(_node("name: 3\n"), Plan, diagnostics) is None
    assert [one.title for one in diagnostics.errors] == ["expected a text, found an integer"]


def test_json_carries_the_place():
    diagnostics = Diagnostics()
    structure(_node("name: 3\n"), Plan, diagnostics)
    assert '"column": 7' in render_json(diagnostics.collected)
