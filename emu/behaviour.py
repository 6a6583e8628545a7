"""Side effects of registers: the names that the register maps use, and the numbers that the kernels know them by."""

from __future__ import annotations

# fmt: off
names = (
    "none", "ppu_memory", "ppu_control", "ppu_status", "synram_weights", "synram_labels", "synram_even_msb2",
    "synram_odd_msb2", "synram_raw_even", "synram_raw_odd", "fpga_memory", "neuron_reset", "neuron_reset_quad",
    "correlation_reset", "cadc_sample", "padi_event", "background_source", "crossbar_counter",
    "playback_timer", "event_recording", "not_emulated",
)
(
    NONE, PPU_MEMORY, PPU_CONTROL, PPU_STATUS, SYNRAM_WEIGHTS, SYNRAM_LABELS, SYNRAM_EVEN_MSB2,
    SYNRAM_ODD_MSB2, SYNRAM_RAW_EVEN, SYNRAM_RAW_ODD, FPGA_MEMORY, NEURON_RESET, NEURON_RESET_QUAD,
    CORRELATION_RESET, CADC_SAMPLE, PADI_EVENT, BACKGROUND_SOURCE, CROSSBAR_COUNTER,
    PLAYBACK_TIMER, EVENT_RECORDING, NOT_EMULATED,
) = range(len(names))
# fmt: on

# Behaviours of the register maps that have no kernel yet: an access to such a register stops the run.
not_yet = frozenset({"spike_counter_read", "spike_counter_reset"})


def number(name: str | None) -> int:
    """The number of a behaviour as the register maps name it; KeyError for one that nothing is bound to."""
    if name in not_yet:
        return NOT_EMULATED
    if name is not None and name not in names:
        raise KeyError(f"behaviour `{name}` is not bound")
    return names.index(name or "none")
