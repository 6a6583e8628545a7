"""What the server tells on its terminal: lines of text, or one JSON object a line."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from typing import Any

import attrs

from hicannx.diagnostic import Diagnostic
from hicannx.render import render_json, render_text
from hicannx.tools.serve.link import Dropped, Link, Peer
from hicannx.tools.serve.protocol import load_protocol


@attrs.define(eq=False)
class Report:
    """Tells what happens on standard output; a client that makes many things happen is told of by a few of them."""

    as_json: bool = False
    color: bool = False
    second: int = 0
    told: int = 0
    left_out: int = 0

    def started(self, host: str, data_port: int, reset_port: int) -> None:
        """The ports are open and the chip is there."""
        text = f"serving an emulated chip at {host}: data port {data_port}, reset port {reset_port}"
        self._tell("started", text, host=host, data_port=data_port, reset_port=reset_port)

    def connected(self, peer: Peer) -> None:
        """A reset has opened the link."""
        self._tell("connected", f"connection from {_name(peer)}", client=_name(peer))

    def disconnected(self, peer: Peer, why: str, link: Link, programs: int) -> None:
        """The connection is over; what was received and dropped meanwhile."""
        dropped = {one.name.lower(): count for one, count in link.dropped.items()}
        counts = [f"{programs} programs", f"{link.words_in} words in", f"{link.words_out} words out"]
        counts += [f"{link.end.sender.repeated} frames sent again"]
        counts += [f"{count} frames {one.value}" for one, count in sorted(link.dropped.items(), key=_order)]
        self._tell(
            "disconnected",
            f"end of the connection from {_name(peer)}, {why}: {', '.join(counts)}",
            client=_name(peer),
            why=why,
            programs=programs,
            words_in=link.words_in,
            words_out=link.words_out,
            repeated=link.end.sender.repeated,
            dropped=dropped,
        )

    def diagnostics(self, found: Iterable[Diagnostic]) -> None:
        """Something was wrong with a program."""
        found = list(found)
        if found:
            self._tell("diagnostics", render_text(found, color=self.color), diagnostics=json.loads(render_json(found)))

    def stopped(self) -> None:
        """The server ends."""
        self._print("stopped", "stopped", {})

    def _tell(self, event: str, text: str, **values: Any) -> None:
        second = int(time.monotonic())
        if second != self.second:
            left_out, self.second, self.told, self.left_out = self.left_out, second, 0, 0
            if left_out:
                self._print("left_out", f"{left_out} more of such lines", {"lines": left_out})
        self.told += 1
        if self.told > load_protocol().limits.lines:
            self.left_out += 1
        else:
            self._print(event, text, values)

    def _print(self, event: str, text: str, values: dict[str, Any]) -> None:
        print(json.dumps({"event": event, **values}) if self.as_json else text, file=sys.stdout, flush=True)


def _name(peer: Peer) -> str:
    return f"{peer[0]}:{peer[1]}"


def _order(one: tuple[Dropped, int]) -> str:
    return one[0].name
