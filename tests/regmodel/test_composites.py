"""Composites: their registers in the order of writing, their words, and members by name."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.codec import encode
from hicannx.regmodel.composite import composite, load_composites, member_names
from hicannx.regmodel.conversion import coordinate_type
from hicannx.regmodel.expansion import expand
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.loadtypes import load_types

composites = load_composites()
containers = load_registers().containers
with_image = [name for name, one in composites.items() if one.image]


def image_of(name: str) -> tuple[int, str]:
    """How many words the default of all instances has, and the hash of the lines of address and word."""
    image = composites[name].image
    assert image is not None
    addresses, words = expand(name).without(*image.except_).image()
    text = "".join(f"{address:08x} {word:08x}\n" for address, word in zip(addresses.tolist(), words.tolist()))
    return len(words), hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("name", with_image)
def test_the_default_gives_the_official_image(name: str) -> None:
    image = composites[name].image
    assert image is not None
    assert image_of(name) == (image.words, image.sha256)


def test_there_are_all() -> None:
    assert len(composites) == 29
    assert len(with_image) == 9


@pytest.mark.parametrize("name", composites)
def test_instances_exist(name: str) -> None:
    """Every register, instance and field that a composite names; none comes twice in an instance."""
    expansion = expand(name, 0)
    for leaf in {leaf.register for leaf in expansion.leaves}:
        at = np.concatenate(
            [np.flatnonzero(expansion.leaf == k) for k, one in enumerate(expansion.leaves) if one.register == leaf]
        )
        instances = expansion.instance[0, at]
        of_register = load_types().of_register(leaf)
        assert of_register is not None
        assert 0 <= instances.min() <= instances.max() < of_register.size
        assert len(np.unique(instances)) == len(instances)
        if leaf in containers:
            assert containers[leaf].access in (composites[name].access, "rw")
    for one in expansion.leaves:
        if one.register in containers:
            assert one.fields.keys() <= containers[one.register].by_name.keys()


def test_members_name_fields() -> None:
    for one in composites.values():
        for item in one.sequence:
            container = containers.get(item.register)
            for meaning in item.members.values():
                fields = (
                    [meaning] if isinstance(meaning, str) else [key for values in meaning.values() for key in values]
                )
                known = member_names(item.composite) if item.composite else container.by_name if container else fields
                assert set(fields) <= set(known), (one.name, fields)


def test_a_neuron_by_members() -> None:
    values = {
        "leak.v_leak": 500,
        "bayesian.operation": "xnor",
        "event_routing.address": 7,
        "constant_current.type": "sink",
    }
    steps = list(expand("AtomicNeuron", 300, values).steps())
    assert (len(steps), steps[0][:2], steps[-1][:2]) == (26, ("NeuronConfig", 300), ("NeuronBackendConfig", 172))
    assert steps[0][2]["invert_membrane_offset"] == 1
    assert steps[0][2]["enable_synaptic_input_excitatory_small_capacitance"] == 1
    assert steps[-1][2] == {"enable_bayesian_0": 0, "enable_bayesian_1": 1, "address_out": 7}
    leak = next(step for step in steps if step[2].get("value") == 500)
    assert leak[:2] == ("CapMemCell", 3120 * 2 + 44)
    addresses, words = expand("AtomicNeuron", 300, values).image()
    assert addresses[:6].tolist() == containers["NeuronConfig"].addresses(300)
    assert words[-4:].tolist() == encode(containers["NeuronBackendConfig"], steps[-1][2])


def test_members_of_things_inside() -> None:
    """An array has a value for each register; all others keep their default."""
    values = {"neuron_block.atomic_neurons.leak.v_leak": np.arange(512), "crossbar.nodes.target": 1}
    steps = list(expand("Chip", values=values).without("PPUMemoryWord", "ExternalPPUMemoryQuad").steps())
    cells = {
        instance: fields["value"] for name, instance, fields in steps if name == "CapMemCell" and "value" in fields
    }
    assert [cells[3120 * (neuron // 128) + neuron % 128] for neuron in range(512)] == list(range(512))
    assert [fields for name, _, fields in steps if name == "CrossbarNode"] == [{"target": 1}] * 76
    changed = expand("Chip", values=values).without("PPUMemoryWord", "ExternalPPUMemoryQuad").image()
    default = expand("Chip").without("PPUMemoryWord", "ExternalPPUMemoryQuad").image()
    assert (changed[0] == default[0]).all()
    assert 500 < np.count_nonzero(changed[1] != default[1]) <= 512 + 76


def test_words_are_those_of_each_register() -> None:
    values = {"channels_acausal.offset": np.arange(512) % 200 - 100}
    expansion = expand("CADCReadoutChain", values=values)
    words = [word for name, e, fields in expansion.steps() for word in encode(containers[name], fields, e)]
    addresses = [address for name, e, _ in expansion.steps() for address in containers[name].addresses(e)]
    assert [list(column) for column in expansion.image()] == [addresses, words]


def test_samples_come_after_their_trigger() -> None:
    row = expand("CADCSampleRow", 12)
    assert row.instance.shape == (1, 128)
    assert row.instance[0, :2].tolist() == [64 * 12, 32768 + 64 * 12 + 1]
    assert expand("CADCSamples").instance[0, :3].tolist() == [0, 65536, 32769]


def failure(action: Any) -> str:
    with pytest.raises(DiagnosticError) as raised:
        action()
    (problem,) = raised.value.diagnostics
    return f"{problem.code}: {problem.title} | {problem.help}"


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            lambda: composite("AtomicNeron"),
            "R165: there is no composite `AtomicNeron` | did you mean `AtomicNeuron`?",
        ),
        (
            lambda: expand("AtomicNeuron", 0, {"leak.vleak": 1}),
            "R166: AtomicNeuron has no member `leak.vleak` | did you mean `leak.v_leak`?",
        ),
        (
            lambda: expand("AtomicNeuron", 0, {"bayesian.operation": "or"}),
            "R167: `bayesian.operation` has no value `or` | it is one of local, and, xnor, muller_c",
        ),
        (lambda: expand("AtomicNeuron", 512), "R163: AtomicNeuronOnDLS has no number 512 (0 to 511) | "),
    ],
    ids=["composite", "member", "value", "instance"],
)
def test_mistakes(action: Any, message: str) -> None:
    assert failure(action) == message


def test_values_that_do_not_fit() -> None:
    with pytest.raises(DiagnosticError) as raised:
        expand("AtomicNeuron", 0, {"leak.v_leak": 1024}).image()
    assert raised.value.diagnostics[0].code == "R122"


def test_types_of_composites_exist() -> None:
    for one in composites.values():
        assert coordinate_type(one.of).size == expand(one.name).instance.shape[0]
