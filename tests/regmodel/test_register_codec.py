"""Words of registers against golden vectors, in both directions."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.codec import byte_enables, check_value, decode, encode, encode_instances
from hicannx.regmodel.container import Container
from hicannx.regmodel.field import Field
from hicannx.regmodel.load import load_registers

vectors = Path(__file__).parent.parent / "vectors" / "registers"
containers = load_registers().containers
names = sorted(containers)


def lines(name: str) -> Iterator[dict[str, Any]]:
    with lzma.open(vectors / name, "rt") as stream:
        yield from map(json.loads, stream)


def as_number(field: Field, value: Any) -> Any:
    return [as_number(field, one) for one in value] if isinstance(value, list) else field.enum.get(value, value)


def assert_decoded(container: Container, decoded: dict[str, Any], expected: dict[str, Any]) -> None:
    wanted = {name: as_number(container.by_name[name], value) for name, value in expected.items()}
    assert decoded == {name: wanted.get(name, value) for name, value in decoded.items()}


def test_golden_vectors() -> None:
    count = 0
    for row in lines("golden.jsonl.xz"):
        container, values = containers[row["container"]], row.get("fields", {})
        count += 1
        if row["kind"] == "range":
            value = [row["value"]] * 4 if container.by_name[row["field"]].size else row["value"]
            assert (not check_value(container, container.by_name[row["field"]], value)) == row["valid"], row
            continue
        e = row.get("enum", 0)
        if "addresses" in row:
            assert container.addresses(e) == row["addresses"], row
        if row["kind"] == "decode":
            assert_decoded(container, decode(container, row["words"], e), values)
            continue
        words = encode(container, values, e)
        if "words" in row:
            assert words == row["words"], row
        for part in row.get("words_masked", []):
            assert words[part["index"]] & part["mask"] == part["value"], row
        if row.get("decodes"):
            assert_decoded(container, decode(container, words, e), values)
    assert count > 150


def test_random_encodings() -> None:
    seen = set()
    for row in lines("random_encodings.jsonl.xz"):
        container = containers[row["container"]]
        seen.add(container.name)
        assert container.addresses(row["enum"]) == row["addresses"], row
        assert encode(container, row["fields"], row["enum"]) == row["words"], row
        if row["round_trip"]:
            assert_decoded(container, decode(container, row["words"], row["enum"]), row["fields"])
    with_fields = {container.name for container in containers.values() if container.fields}
    assert with_fields - seen == {"Timer", "PPUStatusRegister"}


def test_flags_over_several_bits_are_set_by_any_of_them() -> None:
    assert [decode(containers["PPUStatusRegister"], [word])["sleep"] for word in (0, 1, 1 << 31)] == [False, True, True]


# Literal words of the software's constructors.
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NeuronBackendConfig", (0xFF, 0xFF, 0xBC, 0)),
        ("SynapseDriverConfig", (0x3E00, 0x3F00, 0x40)),
        ("CapMemBlockConfig", (0, 0, 0, 0x7337, 8, 0, 0x3310010, 0x40007, 0, 0x1FA0)),
        ("CapMemSRAMTimingConfig", (0x0F, 0x1E)),
        ("MADCConfig", (0x3500, 0xC060, 0, 0, 0x103, 0x1C9, 1, 0xF9, 0, 0x51)),
        ("ReferenceGeneratorConfig", (0x1000, 0x280, 0x28, 0xA28, 0xA28, 0x41, 0x41, 0x2CB, 0x2CB)),
        ("CommonNeuronBackendConfig", (0xF005, 0x4700401)),
        ("CommonCorrelationConfig", (1, 0xC8, 5, 0)),
        ("CADCChannelConfig", (0x80,)),
        ("InstructionTimeoutConfig", (1250000,)),
        ("SpikeCounterRead", ()),
    ],
)
def test_default_words(name: str, words: tuple[int, ...]) -> None:
    assert containers[name].default_words == words


def test_read_only_registers_have_no_default_words() -> None:
    for container in containers.values():
        assert len(container.default_words) == (container.words if "w" in container.access else 0)


def values_of(container: Container) -> st.SearchStrategy[dict[str, Any]]:
    def one(field: Field) -> st.SearchStrategy[Any]:
        single = {
            "bool": st.booleans(),
            "enum": st.sampled_from(sorted(field.enum.values()) or [0]),
            "uint": st.integers(field.low, field.high),
        }[field.kind]
        return single if field.size is None else st.lists(single, min_size=field.size, max_size=field.size)

    return st.fixed_dictionaries({field.name: one(field) for field in container.fields})


@given(st.data())
def test_decode_inverts_encode(data: st.DataObject) -> None:
    container = containers[data.draw(st.sampled_from(names))]
    values = data.draw(values_of(container))
    rule = container.one_hot_cell
    if rule and not values[rule.enable]:
        values[rule.cell] = 0
    words = encode(container, values)
    assert all(0 <= word < 1 << 32 for word in words)
    stored = {key: value for key, value in values.items() if key != container.byte_enables}
    assert decode(container, words) == stored


@given(st.data())
def test_arrays_of_instances_as_single_ones(data: st.DataObject) -> None:
    container = containers[data.draw(st.sampled_from(names))]
    singles = data.draw(st.lists(values_of(container), min_size=1, max_size=5))
    words = np.array([encode(container, values) for values in singles], dtype=np.int64).reshape(len(singles), -1)
    together: dict[str, Any] = {}
    for field in container.fields:
        column = [values[field.name] for values in singles]
        together[field.name] = np.array(column) if field.size is None else list(np.array(column).T)
    assert np.array_equal(encode_instances(container, together, len(singles)), words)
    decoded = decode(container, list(words.T))
    for k, row in enumerate(words.tolist()):
        for key, value in decode(container, row).items():
            many = decoded[key]
            assert value == ([one[k] for one in many] if isinstance(many, list) else many[k])


def test_no_bit_belongs_to_two_fields() -> None:
    for container in containers.values():
        taken: set[tuple[int, int]] = set()
        for field in container.fields:
            for part in [part for parts in field.elements for part in parts]:
                assert part.word < container.words, f"{container.name}.{field.name}"
                bits = {(part.word, bit) for bit in range(part.lsb, part.msb + 1)}
                assert not bits & taken, f"{container.name}.{field.name}"
                assert part.msb < 32
                taken |= bits


def test_names_and_numbers_of_an_enumeration_mean_the_same() -> None:
    driver = containers["SynapseDriverConfig"]
    assert encode(driver, {"row_mode_top": "excitatory"}) == encode(driver, {"row_mode_top": 1})
    assert decode(driver, encode(driver, {"row_mode_top": "inhibitory"}))["row_mode_top"] == 2


def test_byte_enables() -> None:
    memory = containers["ExternalPPUMemoryQuad"]
    assert byte_enables(memory, {"enables": [1, 0, 0, 1]}) == (True, False, False, True)
    assert byte_enables(memory, {}) == byte_enables(containers["CapMemCell"], {}) == (True,) * 4


def titles(container: str, values: dict[str, Any], e: int = 0) -> list[str]:
    with pytest.raises(DiagnosticError) as raised:
        encode(containers[container], values, e)
    return [f"{one.code}: {one.title} | {one.help}" for one in raised.value.diagnostics]


@pytest.mark.parametrize(
    ("container", "values", "expected"),
    [
        (
            "SynapseQuad",
            {"weights": [0, 64, 0, 0]},
            "R122: value 64 does not fit in field `weights` of SynapseQuad (0 to 63) | ",
        ),
        (
            "SynapseQuad",
            {"weigths": [0, 0, 0, 0]},
            "R121: SynapseQuad has no field `weigths` | did you mean `weights`?",
        ),
        (
            "SynapseQuad",
            {"weights": [1, 2, 3]},
            "R123: field `weights` of SynapseQuad takes a list of 4 values | of 0 to 63 each",
        ),
        (
            "SynapseQuad",
            {"weights": 1},
            "R123: field `weights` of SynapseQuad takes a list of 4 values | of 0 to 63 each",
        ),
        (
            "SynapseDriverConfig",
            {"row_mode_top": "excitatry"},
            "R122: value excitatry does not fit in field `row_mode_top` of SynapseDriverConfig (disabled, excitatory, "
            "inhibitory, excitatory_and_inhibitory) | did you mean `excitatory`?",
        ),
        (
            "CapMemBlockConfig",
            {"debug_v_ref_select": 3},
            "R122: value 3 does not fit in field `debug_v_ref_select` of CapMemBlockConfig (disabled, v_ref_v, v_ref_i) | ",
        ),
        (
            "CADCChannelConfig",
            {"offset": 128},
            "R122: value 128 does not fit in field `offset` of CADCChannelConfig (-128 to 127) | ",
        ),
        (
            "CapMemCell",
            {"value": 1.5},
            "R122: value 1.5 does not fit in field `value` of CapMemCell (0 to 1023) | ",
        ),
        (
            "NeuronConfig",
            {"enable_fire": 2},
            "R122: value 2 does not fit in field `enable_fire` of NeuronConfig (true or false) | ",
        ),
    ],
)
def test_what_does_not_fit(container: str, values: dict[str, Any], expected: str) -> None:
    assert titles(container, values) == [expected]


def test_several_mistakes_in_one_run() -> None:
    assert titles("CrossbarNode", {"mask": -1, "target": 1 << 14}, 76) == [
        "R124: there is no instance 76 of CrossbarNode (0 to 75) | ",
        "R122: value -1 does not fit in field `mask` of CrossbarNode (0 to 16383) | ",
        "R122: value 16384 does not fit in field `target` of CrossbarNode (0 to 16383) | ",
    ]


def test_arrays_of_values_that_do_not_fit() -> None:
    with pytest.raises(DiagnosticError, match=r"value 70 does not fit in field `weights` of SynapseQuad \(0 to 63\)"):
        encode_instances(containers["SynapseQuad"], {"weights": [np.array([1, 70]), 0, 0, 0]}, 2)
    with pytest.raises(DiagnosticError, match=r"value float64 does not fit in field `value` of CapMemCell"):
        encode_instances(containers["CapMemCell"], {"value": np.array([1.0, 2.0])}, 2)


def test_wrong_number_of_words() -> None:
    with pytest.raises(DiagnosticError) as raised:
        decode(containers["SynapseQuad"], [0])
    assert [one.title for one in raised.value.diagnostics] == ["SynapseQuad has 2 words, 1 are given"]
