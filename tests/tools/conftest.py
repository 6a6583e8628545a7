"""Kernels are compiled before the first test, so that what a command says does not depend on the order of tests."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def kernels() -> None:
    from hicannx.emu.chip import Chip

    Chip()
