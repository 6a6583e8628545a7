"""Kernels called from Python: what they are given and what they return, and code that is kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Barrier, Thread
from typing import NamedTuple

import numpy as np
import pytest

from hicannx.emu.arguments import flatten
from hicannx.emu.eventqueue import new_queue, pop, push, room
from hicannx.emu.kernelcache import Code, kept_code, kernel_dir, njit
from hicannx.emu.omnibustable import omnibus_table
from hicannx.emu.prepared import call_prepared, place_of, prepare
from hicannx.emu.random import draw, draw_uniform
from hicannx.emu.reinterpret import seen_as
from hicannx.emu.state import NOW, new_state


class Pair(NamedTuple):
    left: object
    right: object


@njit
def nothing(array):
    array[0] += 1


@njit
def added(pair, number):
    return pair.left[1, 2] + pair.right.left[0] * number


@njit
def is_above(number, bound):
    return number > bound


@njit
def mixed(number):
    return number + 1, number * 0.5, number < 0


@njit
def total(array):
    found = 0
    for row in range(array.shape[0]):
        for column in range(array.shape[1]):
            found += array[row, column]
    return found


@njit
def clock(chip):
    return chip.clock[NOW]


@njit
def swap_halves(vectors):
    halves = seen_as(vectors, np.uint16)
    for row in range(halves.shape[0]):
        halves[row, 0], halves[row, 1] = halves[row, 1], halves[row, 0]
    return halves.size, halves.shape[1]


_factor, _sum = place_of(1), place_of(2)


@njit
def call_twice(words):
    call_prepared(words)
    words[_factor] = words[_sum]
    call_prepared(words)


def test_bytes_are_seen_as_halves():
    vectors = np.arange(16, dtype=np.uint8).reshape(2, 8)
    assert swap_halves(vectors) == (8, 4)
    assert vectors[:, :4].tolist() == [[2, 3, 0, 1], [10, 11, 8, 9]]


def test_a_kernel_calls_what_python_has_prepared():
    call = prepare(added, Pair(np.ones((2, 3), np.int64), Pair(np.array([7], np.int64), 0)), 2)
    call_twice(call.words)
    assert call.words[[_factor, _sum]].tolist() == [15, 106]


def test_results_are_numbers_of_python():
    array = np.zeros(1, np.int32)
    assert nothing(array) is None
    assert array[0] == 1
    assert is_above(3, 2) is True
    assert is_above(1.5, 2.5) is False
    assert mixed(-3) == (-2, -1.5, True)
    assert [type(one) for one in mixed(-3)] == [int, float, bool]


def test_unsigned_numbers_keep_their_top_bit():
    assert draw(1, 2, 3) >= 0
    assert max(draw(1, 2, step) for step in range(8)) >= 1 << 63
    assert 0 <= draw_uniform(1, 2, 3) < 1


def test_tuples_in_tuples():
    pair = Pair(np.arange(6.0).reshape(2, 3), Pair(np.array([7], np.uint8), 0))
    assert added(pair, np.int32(2)) == 5 + 14
    assert added(pair._replace(left=np.zeros((2, 3))), 2) == 14


def test_arrays_may_have_gaps_and_run_backwards():
    array = np.arange(24).reshape(4, 6)
    for one in (array, array[::2, 1:], array[::-1, ::-3], array.T):
        assert total(one) == one.sum()


def test_a_state_is_passed_by_its_address():
    chips = [new_state(omnibus_table()) for _ in range(2)]
    for number, chip in enumerate(chips):
        chip.clock[NOW] = 5 + number
    assert [clock(chip) for chip in chips] == [5, 6]
    assert flatten(chips[0]).word + chips[0].dtype.fields["clock"][1] == chips[0].clock.ctypes.data


def test_functions_of_the_emulator():
    queue = new_queue(4)
    assert push(queue, 7, 1, 2) is True
    assert room(queue) == 3
    assert pop(queue) == (7, 1, 2)


def test_threads_compile_one_after_the_other():
    from numba.core.registry import cpu_target

    from hicannx.emu.objectcode import block_code

    numbers = range(4)
    begin, made, interval = Barrier(len(numbers)), {}, sys.getswitchinterval()

    def compile_it(number):
        begin.wait()
        made[number] = block_code(lambda given: given * number, (7,)).results

    threads = [Thread(target=compile_it, args=(number,)) for number in numbers]
    sys.setswitchinterval(1e-5)
    try:
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    finally:
        sys.setswitchinterval(interval)
    assert made == dict.fromkeys(numbers, "i")
    assert "refresh" not in vars(cpu_target.typing_context)


def test_what_no_kernel_takes():
    with pytest.raises(TypeError, match="kernels take no str"):
        is_above("x", 1)


def test_code_is_kept_unless_it_needs_more_than_llvm(tmp_path, monkeypatch):
    monkeypatch.setattr("hicannx.emu.kernelcache.kernel_dir", lambda: tmp_path)
    made = []

    def make(is_lasting):
        made.append(is_lasting)
        return Code("(ib)", b"some\ncode", is_lasting)

    for is_lasting in (False, True, True):
        assert kept_code("one", lambda last=is_lasting: make(last))[:2] == ("(ib)", b"some\ncode")
    assert made == [False, True]


def test_a_later_start_needs_no_numba(tmp_path):
    code = (
        "import sys; from hicannx.emu.chip import Chip; chip = Chip(); chip.release_ppu(0); chip.advance(1000);"
        "print(*sorted({'numba', 'yaml', 'lark'} & set(sys.modules)))"
    )
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_all_that_is_kept_is_in_the_folder_of_this_content():
    nothing(np.zeros(1, np.int16))
    assert list(Path(kernel_dir()).glob(f"{__name__}.nothing-*.code"))
