"""Codes and bit places of playback instructions as plain integers for the kernels."""

from __future__ import annotations

from hicannx.regmodel.playback.instruction import load_instructions

_table = load_instructions()
_instructions = _table.instructions

JTAG_INIT = _instructions["jtag_init"].code
JTAG_SCALER = _instructions["jtag_scaler"].code
JTAG_INS = _instructions["jtag_ins"].code
JTAG_DATA = _instructions["jtag_data"].code
RESET = _instructions["reset"].code
TIMER_SETUP = _instructions["timer_setup"].code
WAIT_UNTIL = _instructions["wait_until"].code
SYSTIME_INIT = _instructions["systime_init"].code
BARRIER = _instructions["barrier"].code
POLL = _instructions["poll_omnibus"].code
LOOPBACK = _instructions["loopback"].code
OMNIBUS_ADDRESS = _instructions["omnibus_address"].code
OMNIBUS_DATA = _instructions["omnibus_data"].code
SPIKE_PACK_1 = _instructions["spike_pack_1"].code
SPIKE_PACK_3 = _instructions["spike_pack_3"].code

jtag_codes = _instructions["jtag_ins"].field("ir").values
jtag_payload_mask = _instructions["jtag_data"].field("payload").highest
jtag_bits_shift = _instructions["jtag_data"].field("num_bits").lsb
jtag_bits_mask = _instructions["jtag_data"].field("num_bits").highest
jtag_keep_shift = _instructions["jtag_data"].field("keep_response").lsb
barrier_jtag_mask = _instructions["barrier"].field("jtag").mask
barrier_systime_mask = _instructions["barrier"].field("systime").mask
barrier_correction_mask = _instructions["barrier"].field("systime_correction").mask
barrier_omnibus_mask = _instructions["barrier"].field("omnibus").mask
byte_enables_shift = _instructions["omnibus_address"].field("byte_enables").lsb
is_read_shift = _instructions["omnibus_address"].field("is_read").lsb
label_bits = _instructions["spike_pack_1"].field("label0").width
fpga_space = 1 << _table.omnibus.fpga_space_bit
