"""Labels of events, read as the fields that they have at a place on their way (see `labels.yaml`)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import attrs
import numpy as np

from hicannx.cache import cached
from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean


@attrs.frozen
class LabelField:
    """Bits `bits[0]` down to `bits[1]` of a label."""

    bits: tuple[int, ...]
    doc: str

    @property
    def highest(self) -> int:
        """The largest value that fits."""
        return (1 << self.bits[0] - self.bits[1] + 1) - 1


@attrs.frozen
class LabelView:
    """A way to read labels of `bits` bits, by the names of its fields."""

    doc: str
    bits: int
    fields: dict[str, LabelField]

    def encode(self, **values: Any) -> Any:
        """The label with these values, integers or arrays; 0 where not given. DiagnosticError R146, R147."""
        label: Any = 0
        for name, value in values.items():
            field = self.fields.get(name)
            if field is None:
                help_text = did_you_mean(name, self.fields)
                raise DiagnosticError([Diagnostic("R146", f"a label has no field `{name}` here", help=help_text)])
            outside = [one for one in np.ravel(value).tolist() if not 0 <= one <= field.highest]
            if outside:
                title = f"value {outside[0]} does not fit in field `{name}` of a label (0 to {field.highest})"
                raise DiagnosticError([Diagnostic("R147", title)])
            label = label | value << field.bits[1]
        return label

    def decode(self, label: Any) -> dict[str, Any]:
        """The values of all fields in a label, or in an array of labels."""
        return {name: label >> field.bits[1] & field.highest for name, field in self.fields.items()}


@cache
def load_labels() -> dict[str, LabelView]:
    """All views by name."""
    resource = files("hicannx.regmodel.playback") / "labels.yaml"

    def load() -> dict[str, LabelView]:
        from hicannx.structure import structure
        from hicannx.yamlsource import load_resource

        return structure(load_resource(resource), dict[str, LabelView])

    return cached("labels", [resource.read_bytes()], load)
