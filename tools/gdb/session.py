"""The packets of a debugger and the replies to them."""

from __future__ import annotations

import re
from collections.abc import Callable

import attrs

from hicannx.tools.gdb import registers
from hicannx.tools.gdb.description import registers as all_registers
from hicannx.tools.gdb.description import target_xml
from hicannx.tools.gdb.monitor import answer
from hicannx.tools.gdb.packet import most_bytes
from hicannx.tools.gdb.report import Report
from hicannx.tools.gdb.target import Access, Target

_ok, _unknown = b"OK", b""
_malformed, _no_memory = b"E01", b"E02"
_features = (
    "qXfer:features:read+",
    "QStartNoAckMode+",
    "ReverseStep+",
    "ReverseContinue+",
    "vContSupported+",
)
_most_hex = (most_bytes - 64) // 2  # of a reply in hexadecimal digits


class Ended(Exception):  # noqa: N818
    """The client is done: the server need not wait for another."""

    def __init__(self, reply: bytes | None = None) -> None:
        self.reply = reply
        super().__init__()


@attrs.define(eq=False)
class Session:
    """What one client has asked for; `say` shows it a text while the processor runs."""

    target: Target
    say: Callable[[str], None]
    acknowledges: bool = True
    is_extended: bool = False
    is_over: bool = False

    def reply(self, packet: bytes) -> bytes | None:
        """The reply to a packet: empty for one that is not known, an error for one that makes no sense, None for none.

        Raises Ended when the client says good-bye.
        """
        text = packet.decode("latin-1")
        for pattern, action in _actions:
            if found := pattern.fullmatch(text):
                try:
                    return action(self, *found.groups())
                except ValueError:
                    return _malformed
        return _unknown

    def told(self, report: Report) -> bytes:
        """The stop reply of a report, after its text."""
        if report.text:
            self.say(report.text)
        return report.payload()


def _supported(_: Session, __: str) -> bytes:
    return ";".join([f"PacketSize={most_bytes:x}", *_features]).encode()


def _no_acknowledgements(session: Session) -> bytes:
    session.acknowledges = False
    return _ok


def _description(_: Session, offset: str, length: str) -> bytes:
    start, size = int(offset, 16), int(length, 16)
    part = target_xml()[start : start + min(size, _most_hex)]
    return (b"m" if start + len(part) < len(target_xml()) else b"l") + part


def _stopped(session: Session) -> bytes:
    return session.target.last.payload()


def _read_all(session: Session) -> bytes:
    return b"".join(session.target.read_register(one) for one in registers.general_set()).hex().encode()


def _write_all(session: Session, digits: str) -> bytes:
    content = bytes.fromhex(digits)
    wanted = registers.general_set()
    if len(content) != sum(one.bits // 8 for one in wanted):
        return _malformed
    for one in wanted:
        size = one.bits // 8
        session.target.write_register(one, content[:size])
        content = content[size:]
    return _ok


def _read_one(session: Session, number: str) -> bytes:
    known = all_registers()
    place = int(number, 16)
    return session.target.read_register(known[place]).hex().encode() if place < len(known) else _malformed


def _write_one(session: Session, number: str, digits: str) -> bytes:
    place = int(number, 16)
    if place >= len(all_registers()):
        return _malformed
    session.target.write_register(all_registers()[place], bytes.fromhex(digits))
    return _ok


def _read_memory(session: Session, address: str, length: str) -> bytes:
    found = session.target.read_memory(int(address, 16), min(int(length, 16), _most_hex))
    return found.hex().encode() if found or not int(length, 16) else _no_memory


def _write_memory(session: Session, address: str, length: str, digits: str) -> bytes:
    return _put(session, address, length, bytes.fromhex(digits))


def _write_binary(session: Session, address: str, length: str, content: str) -> bytes:
    return _put(session, address, length, content.encode("latin-1"))


def _put(session: Session, address: str, length: str, content: bytes) -> bytes:
    if len(content) != int(length, 16):
        return _malformed
    return _ok if not content or session.target.write_memory(int(address, 16), content) else _no_memory


def _resume(session: Session, address: str) -> bytes:
    if address:
        session.target.jump(int(address, 16))
    return session.told(session.target.resume())


def _step(session: Session, address: str) -> bytes:
    if address:
        session.target.jump(int(address, 16))
    return session.told(session.target.step())


def _step_range(session: Session, start: str, end: str) -> bytes:
    return session.told(session.target.step_range(int(start, 16), int(end, 16)))


def _step_back(session: Session) -> bytes:
    return session.told(session.target.step_back())


def _run_back(session: Session) -> bytes:
    return session.told(session.target.run_back())


def _insert(session: Session, kind: str, address: str, length: str) -> bytes:
    if kind in "01":
        session.target.observer.breakpoints.add(int(address, 16))
        return _ok
    if kind in "34":
        session.target.accesses.add(_access(kind, address, length))
        return _ok
    watched = int(address, 16), int(length, 16)
    return _ok if watched[1] <= most_bytes and session.target.watch(*watched) else _no_memory


def _access(kind: str, address: str, length: str) -> Access:
    return Access(int(address, 16), int(length, 16), kind == "4")


def _remove(session: Session, kind: str, address: str, length: str) -> bytes:
    observer = session.target.observer
    if kind in "01":
        observer.breakpoints.discard(int(address, 16))
    elif kind in "34":
        session.target.accesses.discard(_access(kind, address, length))
    else:
        observer.watched.discard((int(address, 16), int(length, 16)))
    return _ok


def _command(session: Session, digits: str) -> bytes:
    return answer(session.target, bytes.fromhex(digits).decode("utf-8", "replace")).encode().hex().encode()


def _restart(session: Session) -> bytes:
    session.is_over = False
    session.target.reset()
    return session.target.last.payload()


def _same(reply: bytes) -> Callable[..., bytes]:
    return lambda *_: reply


def _extend(session: Session) -> bytes:
    session.is_extended = True
    return _ok


def _leave(session: Session) -> bytes | None:
    return _part(session, _ok)


def _kill(session: Session) -> bytes | None:
    return _part(session, None)


def _kill_process(session: Session) -> bytes | None:
    return _part(session, _ok)


def _part(session: Session, reply: bytes | None) -> bytes | None:
    """The end, unless the client is one that may run the program again."""
    session.is_over = True
    if not session.is_extended:
        raise Ended(reply)
    return reply


_hex = "([0-9a-fA-F]{1,16})"
_bytes = "((?:[0-9a-fA-F]{2})*)"
_actions: tuple[tuple[re.Pattern[str], Callable[..., bytes | None]], ...] = tuple(
    (re.compile(pattern, re.DOTALL), action)
    for pattern, action in (
        (r"\?", _stopped),
        ("qSupported(.*)", _supported),
        ("QStartNoAckMode", _no_acknowledgements),
        (f"qXfer:features:read:target.xml:{_hex},{_hex}", _description),
        ("g", _read_all),
        (f"G{_bytes}", _write_all),
        (f"p{_hex}", _read_one),
        (f"P{_hex}={_bytes}", _write_one),
        (f"m{_hex},{_hex}", _read_memory),
        (f"M{_hex},{_hex}:{_bytes}", _write_memory),
        (f"X{_hex},{_hex}:(.*)", _write_binary),
        (r"vCont\?", _same(b"vCont;c;C;s;S;r")),
        (f"vCont;r{_hex},{_hex}(?:[:;].*)?", _step_range),
        (r"vCont;[sS](?:[0-9a-f]{2})?(?:[:;].*)?()", _step),
        (r"vCont;[cC](?:[0-9a-f]{2})?(?:[:;].*)?()", _resume),
        (f"c({_hex[1:-1]}|)", _resume),
        (f"C[0-9a-f]{{2}}(?:;({_hex[1:-1]}))?", _resume),
        (f"s({_hex[1:-1]}|)", _step),
        (f"S[0-9a-f]{{2}}(?:;({_hex[1:-1]}))?", _step),
        ("bs", _step_back),
        ("bc", _run_back),
        (f"Z([0-4]),{_hex},{_hex}(?:;.*)?", _insert),
        (f"z([0-4]),{_hex},{_hex}(?:;.*)?", _remove),
        (f"qRcmd,{_bytes}", _command),
        ("vRun.*", _restart),
        ("R..", _same(_ok)),
        ("!", _extend),
        ("H.*|T.*|qSymbol:.*", _same(_ok)),
        ("qAttached.*", _same(b"1")),
        ("D.*", _leave),
        ("vKill.*", _kill_process),
        ("k", _kill),
    )
)
