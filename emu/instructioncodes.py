"""Codes and bit places of playback instructions as plain integers for the kernels."""

from __future__ import annotations

from hicannx.regmodel.playback.instruction import load_instructions

_table = load_instructions()
_instructions = _table.instructions

(
    JTAG_INIT, JTAG_SCALER, JTAG_INS, JTAG_DATA, RESET, TIMER_SETUP, WAIT_UNTIL, SYSTIME_INIT,
    BARRIER, POLL, LOOPBACK, OMNIBUS_ADDRESS, OMNIBUS_DATA, SPIKE_PACK_1, SPIKE_PACK_3,
) = (
    _instructions[name].code
    for name in (
        "jtag_init", "jtag_scaler", "jtag_ins", "jtag_data", "reset", "timer_setup", "wait_until", "systime_init",
        "barrier", "poll_omnibus", "loopback", "omnibus_address", "omnibus_data", "spike_pack_1", "spike_pack_3",
    )
)  # fmt: skip

jtag_codes = _instructions["jtag_ins"].field("ir").values
_jtag_data, _barrier, _address = (_instructions[name] for name in ("jtag_data", "barrier", "omnibus_address"))
jtag_payload_mask = _jtag_data.field("payload").highest
jtag_bits_shift = _jtag_data.field("num_bits").lsb
jtag_bits_mask = _jtag_data.field("num_bits").highest
jtag_keep_shift = _jtag_data.field("keep_response").lsb
barrier_jtag_mask, barrier_systime_mask, barrier_correction_mask, barrier_omnibus_mask = (
    _barrier.field(name).mask for name in ("jtag", "systime", "systime_correction", "omnibus")
)
address_mask = _address.field("address").highest
byte_enables_shift = _address.field("byte_enables").lsb
byte_enables_mask = _address.field("byte_enables").highest
is_read_shift = _address.field("is_read").lsb
label_bits = _instructions["spike_pack_1"].field("label0").width
fpga_space = 1 << _table.omnibus.fpga_space_bit
all_bytes = _table.omnibus.full_byte_enables
