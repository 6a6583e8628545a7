"""Labels of events as fields."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.playback.labels import load_labels

views = load_labels()


def test_views_of_a_label() -> None:
    assert views["spike"].decode(0xC123) == {"spl1_address": 3, "neuron_label": 0x123}
    assert views["neuron_to_fpga"].encode(spl1_address=2, neuron_event_output=6, neuron_backend_address_out=7) == 0x8607
    assert views["padi_bus"].decode(0x7C1) == {"row_select_address": 31, "synapse_label": 1}
    assert views["madc_sample"].decode(0x7FF) == {"channel": 1, "value": 1023}
    assert views["hemisphere"].encode(hemisphere=1) == 1 << 13


def test_fields_of_a_view_are_apart_and_fit() -> None:
    for view in views.values():
        masks = [field.highest << field.bits[1] for field in view.fields.values()]
        assert sum(masks) == np.bitwise_or.reduce(masks) < 1 << view.bits


@given(st.data())
def test_decode_inverts_encode(data: st.DataObject) -> None:
    view = data.draw(st.sampled_from(list(views.values())))
    values = {name: data.draw(st.integers(0, field.highest)) for name, field in view.fields.items()}
    assert view.decode(view.encode(**values)) == values


def test_arrays_of_labels() -> None:
    labels = views["spike"].encode(spl1_address=np.array([0, 3]), neuron_label=5)
    assert labels.tolist() == [5, 0xC005]
    assert views["spike"].decode(labels)["spl1_address"].tolist() == [0, 3]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"neuron_labl": 1}, "R146: a label has no field `neuron_labl` here | did you mean `neuron_label`?"),
        ({"spl1_address": 4}, "R147: value 4 does not fit in field `spl1_address` of a label (0 to 3) | "),
        (
            {"spl1_address": np.array([1, -1])},
            "R147: value -1 does not fit in field `spl1_address` of a label (0 to 3) | ",
        ),
    ],
)
def test_what_is_no_label(values: dict[str, int], expected: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        views["spike"].encode(**values)
    assert [f"{one.code}: {one.title} | {one.help}" for one in raised.value.diagnostics] == [expected]
