"""Verbs with actions: what may stand behind the verb may stand behind the action, too."""

from __future__ import annotations

import argparse

color_choices = ("auto", "always", "never")


def take_verb_options(parser: argparse.ArgumentParser) -> None:
    """Let the parser of an action take the options of every verb; where they are not given, the verb's are left."""
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    parser.add_argument("--color", choices=color_choices, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
