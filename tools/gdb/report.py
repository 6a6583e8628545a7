"""Why the processor stopped, in gdb's numbers for signals."""

from __future__ import annotations

import attrs

# Source: "Debugging with GDB", appendix E.3, and include/gdb/signals.def there.
NOTHING, INTERRUPTED, TRAPPED, BUS_ERROR = 0, 2, 5, 10


@attrs.frozen
class Report:
    """A signal, address and kind of a watchpoint that was met, what to tell the user, whether the past ends here."""

    signal: int = TRAPPED
    watched: int | None = None
    watched_as: str = "watch"
    text: str = ""
    is_past_end: bool = False

    @property
    def is_before_access(self) -> bool:
        """Whether the next instruction makes the access that is reported; a change is reported when it is seen."""
        return self.watched_as in ("rwatch", "awatch")

    def payload(self) -> bytes:
        """The stop reply."""
        reply = f"T{self.signal:02x}"
        if self.watched is not None:
            reply += f"{self.watched_as}:{self.watched:x};"
        return (reply + ("replaylog:begin;" if self.is_past_end else "")).encode()
