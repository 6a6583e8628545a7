"""Words of registers from values of their fields, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.codec import byte_enables, decode, encode, encode_instances
from hicannx.regmodel.container import Container
from hicannx.regmodel.field import Field
from hicannx.regmodel.load import load_registers

containers = load_registers().containers
names = sorted(containers)


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


def valid(container: Container, words: list[int]) -> list[int]:
    """With the bits that all words of the register have."""
    for part in container.demanded:
        words[part.word] |= (1 << part.bits) - 1 << part.lsb
    return words


@given(st.data())
def test_decode_inverts_encode(data: st.DataObject) -> None:
    container = containers[data.draw(st.sampled_from(names))]
    values = data.draw(values_of(container))
    rule = container.one_hot_cell
    if rule and not values[rule.enable]:
        values[rule.cell] = 0
    e = data.draw(st.integers(0, container.instances - 1))
    words = encode(container, values, e)
    assert all(0 <= word < 1 << max(container.word_bits, 1) for word in words)
    stored = {key: value for key, value in values.items() if key != container.byte_enables}
    assert decode(container, valid(container, list(words)), e) == stored
    assert encode(container, stored, e) == words


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
    decoded = decode(container, list(words.T), valid_only=False)
    for k, row in enumerate(words.tolist()):
        for key, value in decode(container, row, valid_only=False).items():
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
                assert part.msb < container.word_bits
                taken |= bits


def test_names_and_numbers_of_an_enumeration_mean_the_same() -> None:
    driver = containers["SynapseDriverConfig"]
    assert encode(driver, {"row_mode_top": "excitatory"}) == encode(driver, {"row_mode_top": 1})
    assert decode(driver, encode(driver, {"row_mode_top": "inhibitory"}))["row_mode_top"] == 2


def test_byte_enables() -> None:
    memory = containers["ExternalPPUMemoryQuad"]
    assert byte_enables(memory, {"enables": [1, 0, 0, 1]}) == (True, False, False, True)
    assert byte_enables(memory, {}) == byte_enables(containers["CapMemCell"], {}) == (True,) * 4
    assert byte_enables(containers["VectorGeneratorFIFOWord"], {}) == (False,) * 4
    assert byte_enables(containers["ExternalPPUDRAMMemoryByte"], {"value": 1}, 268435454) == (False, False, True, False)


def test_bytes_of_words() -> None:
    byte = containers["ExternalPPUMemoryByte"]
    assert [encode(byte, {"value": 0xA5}, e) for e in range(5)] == [
        [0xA5000000], [0xA50000], [0xA500], [0xA5], [0xA5000000]
    ]  # fmt: skip
    assert [decode(byte, [0x01020304], e)["value"] for e in range(8)] == [1, 2, 3, 4, 1, 2, 3, 4]
    many = encode_instances(byte, {"value": np.array([1, 2, 3])}, 3, np.array([2, 7, 4]))
    assert many.tolist() == [[1 << 8], [2], [3 << 24]]


def test_constant_bits() -> None:
    control = containers["DACControl"]
    assert encode(control, {"enable_channel": [0] * 8}) == [0xC, 0xFF]
    assert decode(control, [0, 0x7F])["enable_channel"] == [False] * 7 + [True]


@pytest.mark.parametrize(
    ("word", "value"),
    [(0, 0), (0xFA0, 4000), (0x8FFF, -1), (0x8060, -4000), (0x8000, 0), (0xF060, -4000), (0x7001, 1)],
)
def test_a_sign_and_a_magnitude(word: int, value: int) -> None:
    assert decode(containers["INA219Status"], [0, word])["shunt_voltage"] == value
    assert decode(containers["INA219Status"], [np.zeros(1, np.int64), np.array([word])])["shunt_voltage"] == [value]


def test_words_that_a_register_never_has() -> None:
    code = containers["JTAGIdCode"]
    assert decode(code, [0x048580AF]) == {"manufacturer_id": 0x57, "part_number": 0x4858, "version": 0}
    assert decode(code, [0x048580AE], valid_only=False)["manufacturer_id"] == 0x57
    with pytest.raises(DiagnosticError) as raised:
        decode(code, [0x048580AE])
    (problem,) = raised.value.diagnostics
    assert (problem.code, problem.title) == ("R141", "the words are none of JTAGIdCode: w0.0 is not set")
    assert problem.help == "the register never reads like this; nothing answered, or another chip"


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
