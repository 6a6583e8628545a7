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
from hicannx.regmodel.playback.lowering import route

Instances = NDArray[np.int64]
Words = tuple[int | None, ...]

_by_themselves = ("background_source", "ppu_control")


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

    def put(self, name: str, instances: Instances, values: Values, elements: Instances | None = None) -> None:
        """Set a field of some instances, or of an array field one of its `elements` in each."""
        self.column(name)[instances if elements is None else (instances, elements)] = values
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
        for instance in np.intersect1d(list(self.exact), instances).tolist() if self.exact else []:
            del self.exact[instance]

    def fields(self, chosen: Instances) -> dict[str, Any]:
        """The values of the fields that were set anywhere, as the codec takes them for many instances."""
        return _as_encoded({name: values[chosen] for name, values in self.values.items()})

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
        way = route(self.container, "write")
        for instance, exact in self.exact.items():
            for address, word in zip(self.container.addresses(instance, way.place), exact):
                if word is not None:
                    builder.write_register(way.backend, address, word)

    def _is_partial(self) -> bool:
        """Whether some writes reach a part of a word alone."""
        return self.container.byte is not None or self.container.byte_enables in self.values


def _turn(setting: Setting) -> int:
    """Sources follow all that events meet, and processors follow sources."""
    behaviour = setting.container.behaviour
    return 1 + _by_themselves.index(behaviour) if behaviour in _by_themselves else 0


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
    values, fits = meaning(container, instances, words)
    for name, value in values.items():
        setting.put(name, instances[fits], value[fits])
    for row in np.flatnonzero(~fits).tolist():
        setting.put_words(int(instances[row]), tuple(words[row].tolist()))
    return setting


def meaning(
    container: Container, instances: Instances, words: NDArray[np.int64]
) -> tuple[dict[str, Values], NDArray[np.bool_]]:
    """Values of fields for words of shape [instances, words], and for which instances they mean just these words."""
    decoded = decode(container, list(words.T), valid_only=False)
    values, fits = {}, np.ones(len(instances), dtype=bool)
    for name, value in decoded.items():
        size = container.by_name[name].size
        shape = (len(instances),) if size is None else (len(instances), size)
        values[name] = np.broadcast_to(np.asarray(value, dtype=np.int64).T, shape)
        fits &= representable(container.by_name[name], values[name]).reshape(len(instances), -1).all(axis=1)
    own = _as_encoded({name: value[fits] for name, value in values.items()})
    again = encode_instances(container, own, int(fits.sum()), instances[fits])
    fits[fits] = (again == words[fits]).all(axis=1)
    return values, fits


def _as_encoded(values: dict[str, Values]) -> dict[str, Any]:
    """Values of many instances as the codec takes them."""
    return {name: list(one.T) if one.ndim == 2 else one for name, one in values.items()}


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
        """The settings in the order of writing: what goes on by itself begins when all else is done."""
        return sorted(self.settings.values(), key=_turn)

    def field(self, container: str, name: str, instance: int) -> Any:
        """The configured value of a field: an integer, or a list of them."""
        return self.settings[container].values[name][instance].tolist()

    def write_to(self, builder: ProgramBuilder) -> None:
        """Append all writes to a playback program."""
        for setting in self.ordered():
            setting.write_to(builder)
        if self.addresses:
            builder.write_words(list(self.addresses), list(self.addresses.values()))
