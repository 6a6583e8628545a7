from hicannx.diagnostic import Diagnostic, DiagnosticError, Diagnostics, Label, Severity, did_you_mean
from hicannx.render import render_text
from hicannx.source import SourceFile


def test_labels_notes_help_and_tabs_are_rendered():
    file = SourceFile("stdp.s", "start:\n\taddi\tr3, r3, 40000\n" + "nop\n" * 8 + "start: nop\n")
    second = file.span(file.text.rindex("start"), file.text.rindex("start") + 5)
    one = Diagnostic(
        "A103",
        "symbol `start` is defined twice",
        second,
        "defined again",
        labels=[Label(file.span(0, 5), "first here")],
        notes=["labels are global"],
        help="rename one",
    )
    assert render_text([one]) == (
        "error[A103]: symbol `start` is defined twice\n"
        "  --> stdp.s:11:1\n"
        "   |\n"
        "11 | start: nop\n"
        "   | ^^^^^ defined again\n"
        "  ::: stdp.s:1:1\n"
        "   |\n"
        " 1 | start:\n"
        "   | ^^^^^ first here\n"
        "   = note: labels are global\n"
        "   = help: rename one"
    )
    tabbed = Diagnostic("A204", "too large", file.span(file.text.index("40000"), file.text.index("40000") + 5))
    assert render_text([tabbed]).splitlines()[-1] == "  | \t    \t        ^^^^^"


def test_colour_is_on_request():
    warning = Diagnostic("A1", "odd", severity=Severity.WARNING)
    assert render_text([warning]) == "warning[A1]: odd"
    assert render_text([warning], color=True) == "\x1b[1;33mwarning[A1]\x1b[0m\x1b[1m: odd\x1b[0m"


def test_warnings_alone_do_not_raise():
    diagnostics = Diagnostics()
    diagnostics.warning("A1", "odd")
    diagnostics.raise_if_errors()
    diagnostics.error("A2", "wrong")
    try:
        diagnostics.raise_if_errors()
    except DiagnosticError as error:
        assert str(error) == "[A1] odd; [A2] wrong"
        assert len(error.diagnostics) == 2
    else:
        raise AssertionError("an error must raise")


def test_did_you_mean():
    assert did_you_mean("adi", ["addi", "addis", "lwz"]) == "did you mean `addi`?"
    assert did_you_mean("qqq", ["b", "a"]) == "known here: `a`, `b`"
    assert did_you_mean("qqq", []) == ""


def test_positions():
    file = SourceFile("a", "ab\ncd\r\n")
    assert file.position(0) == (1, 1)
    assert file.position(4) == (2, 2)
    assert file.line(2) == "cd"
    assert file.span(0, 1).to(file.span(3, 5)).text == "ab\ncd"


def test_a_title_has_one_line_whatever_it_quotes():
    assert Diagnostic("A101", "symbol `start` is defined twice").title == "symbol `start` is defined twice"
    assert Diagnostic("A101", "`a\nb` and `c` are\nlong").title == "`a...` and `c` are long"
    assert Diagnostic("A101", f"`{'x' * 300}` is too long").title == f"`{'x' * 200}...` is too long"
