"""`hicannx conform PATH...`: compare this software with golden files."""

from __future__ import annotations

import argparse
import sys

from hicannx.tools.numbers import check_least
from hicannx.tools.output import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    text = "golden files (.jsonl, .jsonl.xz), program folders, or folders with some below"
    parser.add_argument("path", nargs="+", help=text)
    parser.add_argument(
        "--failures", type=int, default=5, metavar="N", help="show the first N of each file (default 5)"
    )


def run(options: argparse.Namespace) -> int:
    """Check every record and print a line a file; 1 when something failed or nothing ran."""
    from hicannx.tools.conform.examine import examine
    from hicannx.tools.conform.find import Form, find
    from hicannx.tools.conform.report import as_lines, as_object, is_good, total_line
    from hicannx.tools.execution import progress_bar

    most = check_least("--failures", options.failures, 0)
    items = find(options.path)
    ignored = [item for item in items if item.form is Form.IGNORED]
    results = []
    with progress_bar(sys.stderr.isatty()) as progress:
        for result in examine(items, progress):
            results.append(result)
            if not options.json:
                print("\n".join(as_lines(result, most)))
    if options.json:
        print_json(as_object(results, ignored))
    else:
        print("\n".join([*(f"{item.path}: ignored ({item.reason})" for item in ignored), total_line(results)]))
    return 0 if is_good(results) else 1
