"""What a configuration sets: fields of registers, whole words, and the writes that these mean."""

from __future__ import annotations

from itertools import islice
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.configs.value import Values
from hicannx.regmodel.bus import usual_backend
from hicannx.regmodel.codec import decode, encode_instances
from hicannx.regmodel.container import Container
from hicannx.regmodel.field import Field
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder

Instances = NDArray[np.int64]
Words = tuple[int | None, ...]

_last = "ppu_control"


@attrs.frozen(eq=False)
class Setting:
    """The registers of one kind that are written: `values` of fields for all instances, and which are `chosen`.

    `words` holds those instances whose words are given as they are; None is a word that is not written.
    """

    container: Container
    chosen: NDArray[np.bool_]
    values: dict[str, Values] = attrs.field(factory=dict)
    exact: dict[int, Words] = attrs.field(factory=dict)

    @classmethod
    def empty(cls, container: Container) -> Setting:
        """No instance is chosen."""
        return cls(container, np.zeros(container.instances, dtype=bool))

    def column(self, name: str) -> Values:
        """The values of a field in all instances, shape [instances] or [instances, size], to be written to."""
        if name not in self.values:
            default = np.asarray(self.container.by_name[name].default, dtype=np.int64)
            self.values[name] = np.tile(default, (self.container.instances, *[1] * default.ndim))
        return self.values[name]

    def look(self, name: str, instances: Instances) -> Values:
        """The values of a field in some instances."""
        if name in self.values:
            return self.values[name][instances]
        default = np.asarray(self.container.by_name[name].default, dtype=np.int64)
        return np.broadcast_to(default, (len(instances), *default.shape))

    def put(self, name: str, instances: Instances, values: Values) -> None:
        """Set a field of some instances."""
        self.column(name)[instances] = values
        self._forget(instances)

    def choose(self, instances: Instances) -> Instances:
        """Choose some instances; those that were not chosen before."""
        new = instances[~self.chosen[instances]]
        self.chosen[instances] = True
        return new

    def drop(self, instances: Instances) -> None:
        """Choose some instances no longer."""
        self.chosen[instances] = False
        self._forget(instances)

    def put_words(self, instance: int, words: Words) -> None:
        """Give the words of an instance."""
        self.chosen[instance] = True
        self.exact[instance] = words

    def _forget(self, instances: Instances) -> None:
        for instance in [one for one in self.exact if one in instances] if self.exact else []:
            del self.exact[instance]

    def fields(self, chosen: Instances) -> dict[str, Any]:
        """The values of the fields that were set anywhere, as the codec takes them for many instances."""
        columns = {name: values[chosen] for name, values in self.values.items()}
        return {name: list(one.T) if one.ndim == 2 else one for name, one in columns.items()}

    def words(self) -> NDArray[np.int64]:
        """Address and word of every write, shape [writes, 2]."""
        chosen = np.flatnonzero(self.chosen)
        words = encode_instances(self.container, self.fields(chosen), len(chosen), chosen)
        written = np.ones(words.shape, dtype=bool)
        for instance, exact in self.exact.items():
            row = int(np.searchsorted(chosen, instance))
            written[row] = [word is not None for word in exact]
            words[row] = [word or 0 for word in exact]
        return np.stack([self.container.all_addresses()[chosen][written], words[written]], axis=1)

    def write_to(self, builder: ProgramBuilder) -> None:
        """Append the writes to a playback program."""
        if is_on_omnibus(self.container) and not self._is_partial():
            words = self.words()
            builder.write_words(words[:, 0], words[:, 1])
            return
        plain = np.flatnonzero(self.chosen)
        plain = plain[~np.isin(plain, list(self.exact))] if self.exact else plain
        if len(plain):
            builder.write_instances(self.container, plain, self.fields(plain))
        for instance, exact in self.exact.items():
            for address, word in zip(self.container.addresses(instance), exact):
                if word is not None:
                    builder.write_words([address], [word])

    def _is_partial(self) -> bool:
        """Whether some writes reach a part of a word alone."""
        return self.container.byte is not None or self.container.byte_enables in self.values


def is_on_omnibus(container: Container) -> bool:
    """Whether the usual way to write a register is one Omnibus write a word."""
    ways = load_registers().buses.routes(container, "write")
    return any(backend.name == usual_backend for _, backend in islice(ways, 1))


def representable(field: Field, values: Any) -> NDArray[np.bool_]:
    """Which of these values a configuration can give to a field."""
    numbers = np.asarray(values, dtype=np.int64)
    if field.enum:
        return np.isin(numbers, list(field.enum.values()))
    return np.asarray((numbers >= field.low) & (numbers <= field.high))


def from_words(container: Container, instances: Instances, words: NDArray[np.int64]) -> Setting:
    """The setting that means these words, shape [instances, words]; words that no values mean are kept as they are."""
    setting = Setting.empty(container)
    setting.chosen[instances] = True
    if not len(instances):
        return setting
    decoded = decode(container, list(words.T), valid_only=False)
    fits = np.ones(len(instances), dtype=bool)
    for name, value in decoded.items():
        values = np.broadcast_to(np.asarray(value, dtype=np.int64).T, setting.look(name, instances).shape)
        own = representable(container.by_name[name], values)
        fits &= own.all(axis=1) if own.ndim == 2 else own
        setting.put(name, instances[fits], values[fits])
    again = encode_instances(container, setting.fields(instances), len(instances), instances)
    fits &= (again == words).all(axis=1)
    for row in np.flatnonzero(~fits).tolist():
        setting.put_words(int(instances[row]), tuple(words[row].tolist()))
    return setting


@attrs.frozen(eq=False)
class ChipConfig:
    """Settings by register name, in the order of writing; then words at addresses without a register.

    `names` are the numbers that its expressions could use.
    """

    settings: dict[str, Setting]
    addresses: dict[int, int] = attrs.field(factory=dict)
    names: dict[str, Any] = attrs.field(factory=dict)

    @property
    def writes(self) -> list[tuple[int, int]]:
        """Omnibus address and word of every write."""
        own = [one.words() for one in self.ordered() if is_on_omnibus(one.container)]
        words = [(address, word) for one in own for address, word in one.tolist()]
        return [*words, *self.addresses.items()]

    def ordered(self) -> list[Setting]:
        """The settings in the order of writing: processors are released when all else is done."""
        return sorted(self.settings.values(), key=lambda one: one.container.behaviour == _last)

    def field(self, container: str, name: str, instance: int) -> Any:
        """The configured value of a field: an integer, or a list of them."""
        return self.settings[container].values[name][instance].tolist()

    def write_to(self, builder: ProgramBuilder) -> None:
        """Append all writes to a playback program."""
        for setting in self.ordered():
            setting.write_to(builder)
        if self.addresses:
            builder.write_words(list(self.addresses), list(self.addresses.values()))
