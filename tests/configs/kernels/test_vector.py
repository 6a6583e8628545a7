"""configs/kernels/library/vector.s against numpy."""

import numpy as np
import pytest

from hicannx.emu.ppu import run_image

draw = np.random.default_rng(1)
edges_8 = np.array([-128, -127, -64, -1, 0, 1, 2, 63, 64, 126, 127], np.int8)
edges_16 = np.array([-32768, -32767, -128, -1, 0, 1, 127, 128, 255, 32766, 32767], np.int16)


def pairs(dtype, edges, vectors):
    """Operands of so many vectors: all pairs of edges first, then random ones."""
    count = vectors * 128 // np.dtype(dtype).itemsize
    info = np.iinfo(dtype)
    left, right = draw.integers(info.min, info.max, (2, count), dtype=np.int64, endpoint=True)
    all_pairs = np.array(np.meshgrid(edges, edges)).reshape(2, -1)
    left[: all_pairs.shape[1]], right[: all_pairs.shape[1]] = all_pairs
    return left.astype(dtype), right.astype(dtype)


def big(values):
    return values.astype(values.dtype.newbyteorder(">")).tobytes()


operations = {
    "add": lambda a, b, n: a + b,
    "subtract": lambda a, b, n: a - b,
    "multiply": lambda a, b, n: a * b >> n - 1,
}


@pytest.mark.parametrize("name", operations)
@pytest.mark.parametrize(("bits", "edges"), [(8, edges_8), (16, edges_16)])
def test_arithmetic_saturates(run, at, name, bits, edges):
    left, right = pairs(edges.dtype, edges, 5)
    data = bytes(640) + big(left) + big(right)
    found = run("vector", f"vector_{name}_{bits}", [(at(0), at(640), at(1280), 5)], data).data
    exact = operations[name](left.astype(np.int64), right.astype(np.int64), bits)
    limits = np.iinfo(edges.dtype)
    expected = np.clip(exact, limits.min, limits.max).astype(edges.dtype)
    assert found == big(expected) + data[640:]


def test_the_result_may_replace_an_operand(run, at):
    left, right = pairs(np.int8, edges_8, 1)
    found = run("vector", "vector_add_8", [(at(0), at(0), at(128), 1)], big(left) + big(right)).data
    assert found[:128] == big(np.clip(left.astype(int) + right, -128, 127).astype(np.int8))


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_copy_and_fill(run, at, count):
    data = draw.bytes(2048)
    found = run("vector", "vector_copy", [(at(4), at(1024), count)], data).data
    assert found == data[:4] + data[1024 : 1024 + 128 * count] + data[4 + 128 * count :]
    found = run("vector", "vector_fill", [(at(8), -3, count)], data).data
    assert found == data[:8] + b"\xfd" * 128 * count + data[8 + 128 * count :]


def test_nothing_to_do(run, at):
    data = draw.bytes(512)
    for name in operations:
        assert run("vector", f"vector_{name}_8", [(at(0), at(128), at(256), 0)], data).data == data
    assert run("vector", "vector_sum_8", [(at(0), 0)], data).results == [0]


def test_a_copy_may_move_down_over_itself(run, at):
    data = draw.bytes(1024)
    assert run("vector", "vector_copy", [(at(0), at(4), 7)], data).data == data[4:900] + data[896:]


@pytest.mark.parametrize("value", [-128, 127, 1])
def test_sum_of_as_much_as_fits(run, at, program, value):
    data = value.to_bytes(1, signed=True) * 128
    found = run("vector", "vector_sum_8", [(at(0), 1), (at(0), 1)], data).results
    assert found == [value * 128 & 0xFFFFFFFF] * 2
    text = f"""
        .globl main
main:   stwu 1, -16(1)
        mflr 0
        stw 0, 20(1)
        lis 3, 0x4000           # the memory of the FPGA has room for 128 vectors
        li 4, {value}
        li 5, 128
        bl vector_fill
        lis 3, 0x4000
        li 4, 128
        bl vector_sum_8
        lwz 0, 20(1)
        mtlr 0
        addi 1, 1, 16
        blr
    """
    assert run_image(program(text, ["vector"]).image()).word(0x2FFC) == value * 128 * 128 & 0xFFFFFFFF


def test_sum(run, at):
    values = draw.integers(-128, 128, 40 * 128).astype(np.int8)
    found = run("vector", "vector_sum_8", [(at(128 * first), 40 - first) for first in range(40)], values.tobytes())
    assert found.results == [int(values[128 * first :].sum(dtype=int)) & 0xFFFFFFFF for first in range(40)]


def test_widen_and_narrow(run, at):
    values = pairs(np.int8, edges_8, 1)[0]
    data = bytes(256) + values.tobytes()
    wide = run("vector", "vector_widen", [(at(0), at(256))], data).data[:256]
    slices = values.reshape(8, 2, 8).transpose(1, 0, 2).astype(np.int16)
    assert wide == big(slices)
    assert run("vector", "vector_narrow", [(at(0), at(128))], bytes(128) + wide).data[:128] == values.tobytes()


def test_narrow_saturates(run, at):
    values = pairs(np.int16, edges_16, 2)[0]
    expected = np.clip(values, -128, 127).astype(np.int8).reshape(2, 8, 8).transpose(1, 0, 2)
    found = run("vector", "vector_narrow", [(at(0), at(128))], bytes(128) + big(values)).data
    assert found[:128] == expected.tobytes()


def test_split_and_join(run, at):
    columns = np.arange(256, dtype=np.uint8)
    rows = run("vector", "vector_split", [(at(0), at(256))], bytes(256) + columns.tobytes()).data[:256]
    assert rows == columns[0::2].tobytes() + columns[1::2].tobytes()
    found = run("vector", "vector_join", [(at(0), at(256))], bytes(256) + rows).data
    assert found[:256] == columns.tobytes()


calls = {
    "copy": "0 128 1", "fill": "0 7 1", "add_8": "0 128 256 1", "multiply_16": "0 128 256 1", "sum_8": "0 1",
    "widen": "0 256", "narrow": "0 128", "split": "0 256", "join": "0 256",
}  # fmt: skip


@pytest.mark.parametrize("name", calls)
def test_twice_the_same_without_races(run, at, name):
    """The second call loads what the first has stored."""
    numbers = [int(one) for one in calls[name].split()]
    pointers = 3 if name in ("add_8", "multiply_16") else 1 if name in ("fill", "sum_8") else 2
    arguments = tuple(at(one) if index < pointers else one for index, one in enumerate(numbers))
    run("vector", f"vector_{name}", [arguments, arguments], draw.bytes(512), check_races=True)
