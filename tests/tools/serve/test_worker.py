"""The process of the chip."""

from __future__ import annotations

import subprocess
import sys


def limits_after(lower: str) -> str:
    """What is left of a limit of 1 GiB, and the highest that a process may set."""
    code = f"""
from resource import RLIMIT_DATA, RLIM_INFINITY, getrlimit, setrlimit
from hicannx.tools.serve.worker import limit_memory
{lower}
limit_memory(1 << 30)
print(*getrlimit(RLIMIT_DATA))
"""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_its_memory_is_limited() -> None:
    assert limits_after("").split()[0] == str(1 << 30)


def test_a_lower_limit_of_the_system_is_kept() -> None:
    lower = 1 << 29
    assert limits_after(f"setrlimit(RLIMIT_DATA, ({lower}, {lower}))") == f"{lower} {lower}\n"
