"""The two UDP ports, open to this machine alone unless more is asked for."""

from __future__ import annotations

import ipaddress
import socket

from hicannx.diagnostic import Diagnostic, DiagnosticError

last_port = 0xFFFF
_buffer_bytes = 1 << 21  # a window of frames comes at once


def open_port(host: str, port: int, *, is_public: bool) -> socket.socket:
    """A UDP port; DiagnosticError T701 where others could reach it and may not, T702 where it cannot be had."""
    address = _address(host)
    if not (is_public or ipaddress.ip_address(address).is_loopback):
        title = f"`{host}` can be reached from other machines"
        help_text = "whoever reaches the ports controls the emulated chip: say --public if that is meant"
        raise DiagnosticError([Diagnostic("T701", title, help=help_text)])
    if not 0 <= port <= last_port:
        raise _no_port(host, port, f"ports end at {last_port}")
    found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _buffer_bytes)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _buffer_bytes)
        found.setblocking(False)
        found.bind((address, port))
    except OSError as error:
        found.close()
        raise _no_port(host, port, (error.strerror or str(error)).lower()) from None
    return found


def _address(host: str) -> str:
    try:
        (*_, (address, *_)), *_ = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        title = f"`{host}` is no IPv4 address and no name of one"
        raise DiagnosticError([Diagnostic("T702", title, help="write for example --host 127.0.0.1")]) from None
    return str(address)


def _no_port(host: str, port: int, reason: str) -> DiagnosticError:
    title = f"cannot listen on UDP port {port} of {host}: {reason}"
    help_text = "choose others with --port and --reset-port; 0 is any that is free"
    return DiagnosticError([Diagnostic("T702", title, help=help_text)])
