"""The halt in a stream of messages that comes in parts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.messages import Message, encode_messages
from hicannx.tools.serve.halts import HaltFinder

halt = Message("loopback", {"marker": 0})


def words(*messages: Message) -> bytes:
    return encode_messages(messages).astype(">u8").tobytes()


def finds(stream: bytes) -> bool:
    return HaltFinder().has_come(bytearray(stream))


def test_answers_that_look_like_a_halt_are_none() -> None:
    """The spikes of three labels end in the bytes of a halt in front of a comma."""
    spikes = {f"{what}{index}": 0 for what in ("time", "label") for index in range(3)} | {"label0": 0x0200}
    stream = words(Message("spike_pack_3", spikes))
    assert stream[2:10] == words(halt)
    assert not finds(stream)
    assert not finds(b"")
    assert finds(stream + words(halt))
    assert finds(words(Message("spike_pack_3", spikes), halt))


def test_what_is_no_message_ends_the_answers() -> None:
    assert finds(words(Message("omnibus_data", {"data": 1})) + bytes([0x0D, *bytes(7)]))


def message(name: str) -> st.SearchStrategy[Message]:
    fields = {field.name: st.integers(0, field.highest) for field in load_instructions().messages[name].fields}
    return st.fixed_dictionaries(fields).map(lambda values: Message(name, values))


messages = st.sampled_from(sorted(load_instructions().messages)).flatmap(message).filter(lambda one: one != halt)


@given(st.lists(st.lists(messages, max_size=12), max_size=5), st.lists(messages, max_size=4), st.integers(1, 40))
def test_it_is_found_when_it_has_come_and_not_before(
    parts: list[list[Message]], last: list[Message], step: int
) -> None:
    before = b"".join(words(*part) for part in parts if part)
    stream, finder, all_bytes = bytearray(), HaltFinder(), before + words(*last, halt)
    end = len(all_bytes) - len(all_bytes) % 8
    for start in range(0, len(before), 8 * step):
        stream += before[start : start + 8 * step]
        assert not finder.has_come(stream)
    stream[:] = all_bytes[:end]
    assert finder.has_come(stream)
