"""What stands behind an instruction: times in microseconds, and what a sequence over JTAG does."""

from __future__ import annotations

import attrs

from hicannx.regmodel.addressmap import lookup
from hicannx.regmodel.playback.instruction import Instruction, load_instructions
from hicannx.regmodel.playback.registertext import RegisterTexts


def duration(cycles: int) -> str:
    """A number of FPGA cycles in microseconds."""
    return f"{cycles * load_instructions().time.cycle_ns / 1000:.12g} us"


def part_text(address: int, data: int, texts: RegisterTexts) -> str:
    """A word at an address: its register, and the fields that lie in it; empty where nothing stands there."""
    mapped = lookup(address)
    if mapped is None:
        return ""
    container = mapped.container
    others: list[int | None] = [None] * container.words
    fields = texts.part(container, mapped.word, data, others).text
    return f"{place_text(address)}{': ' * bool(fields)}{fields}"


def place_text(address: int) -> str:
    """What stands at an address, or the address."""
    field = load_instructions().instructions["omnibus_address"].field("address")
    return str(lookup(address) or field.text(address))


@attrs.define
class Remarks:
    """Follows a program, instruction by instruction: what the JTAG registers hold matters for what comes next."""

    texts: RegisterTexts
    _register: str = ""
    _address: int | None = None
    _reads: bool = False
    _pll: int = 0

    def of(self, row: Instruction, fields: dict[str, int]) -> str:
        """The remark on the next instruction of the program; empty where there is nothing to say."""
        if row.name == "wait_until":
            return duration(fields["value"])
        if row.name == "jtag_ins":
            self._register = row.field("ir").text(fields["ir"])
        elif row.name == "jtag_init":
            self._register = "idcode"
        elif row.name == "jtag_data":
            return self._shift(fields)
        return ""

    def _shift(self, fields: dict[str, int]) -> str:
        payload, answered = fields["payload"] & (1 << fields["num_bits"]) - 1, bool(fields["keep_response"])
        match self._register:
            case "omnibus_address":
                return self._shift_address(payload)
            case "omnibus_data":
                return self._shift_data(payload, answered)
            case "omnibus_request":
                return self._request()
            case "pll_target_register":
                self._pll = payload
                return f"PLL register {payload}"
            case "shift_pll":
                return f"PLL register {self._pll} = {payload:#010x}"
            case "idcode":
                return "the chip's identity" if answered else ""
        name, _, number = self._register.rpartition("_")
        return f"link {number} = {payload:#08x}" if name == "link_config" else ""

    def _shift_address(self, payload: int) -> str:
        bit = load_instructions().jtag.omnibus_read_bit
        self._reads, self._address = bool(payload >> bit), payload & (1 << bit) - 1
        return f"Omnibus {self._access}"

    @property
    def _access(self) -> str:
        return f"{'read' if self._reads else 'write'} {place_text(self._address or 0)}"

    def _shift_data(self, payload: int, answered: bool) -> str:
        if self._address is None:
            return ""
        if answered:
            return f"the data of {place_text(self._address)}"
        return part_text(self._address, payload, self.texts)

    def _request(self) -> str:
        return f"does the {self._access}" if self._address is not None else ""
