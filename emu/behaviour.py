"""Side effects of registers: the names that the register maps use, and the numbers that the kernels know them by."""

from __future__ import annotations

# fmt: off
names = (
    "none", "ppu_memory", "ppu_control", "ppu_status", "synram_weights", "synram_labels", "synram_even_msb2",
    "synram_odd_msb2", "synram_raw_even", "synram_raw_odd", "fpga_memory", "neuron_reset", "neuron_reset_quad",
    "correlation_reset", "cadc_sample", "padi_event", "background_source", "crossbar_counter",
    "playback_timer", "event_recording", "not_emulated", "derived", "block_post_pulse", "spike_counter_read",
    "spike_counter_reset", "transceivers", "link_status", "arq_status", "systime_status", "performance_test",
    "performance_status", "spi", "i2c", "madc_control",
)
(
    NONE, PPU_MEMORY, PPU_CONTROL, PPU_STATUS, SYNRAM_WEIGHTS, SYNRAM_LABELS, SYNRAM_EVEN_MSB2,
    SYNRAM_ODD_MSB2, SYNRAM_RAW_EVEN, SYNRAM_RAW_ODD, FPGA_MEMORY, NEURON_RESET, NEURON_RESET_QUAD,
    CORRELATION_RESET, CADC_SAMPLE, PADI_EVENT, BACKGROUND_SOURCE, CROSSBAR_COUNTER,
    PLAYBACK_TIMER, EVENT_RECORDING, NOT_EMULATED, DERIVED, BLOCK_POST_PULSE, SPIKE_COUNTER_READ,
    SPIKE_COUNTER_RESET, TRANSCEIVERS, LINK_STATUS, ARQ_STATUS, SYSTIME_STATUS, PERFORMANCE_TEST,
    PERFORMANCE_STATUS, SPI, I2C, MADC_CONTROL,
) = range(len(names))
# fmt: on

# What a register does beside keeping its words, for people.
about = {
    "ppu_memory": "memory of a processor",
    "ppu_control": "starts and stops a processor",
    "ppu_status": "tells whether a processor sleeps",
    "fpga_memory": "memory of the FPGA, which processors see, too",
    "synapse_memory": "a view of the synapse memory",
    "neuron_reset": "resets a neuron",
    "neuron_reset_quad": "resets four neurons",
    "correlation_reset": "resets correlation sensors",
    "cadc_sample": "converts, or shows what was converted",
    "padi_event": "sends an event over PADI buses",
    "background_source": "starts and stops a source",
    "crossbar_counter": "counts",
    "playback_timer": "shows the timer",
    "event_recording": "switches the forwarding of events",
    "block_post_pulse": "sends a pulse to the correlation sensors",
    "spike_counter_read": "shows the spikes of a neuron since the last reset of its counter",
    "spike_counter_reset": "sets the counter of a neuron to zero",
    "transceivers": "takes the link between FPGA and chip up and down",
    "link_status": "shows what a link has carried",
    "arq_status": "shows what the link has carried",
    "systime_status": "shows the last synchronisation",
    "performance_test": "runs the test of the link",
    "performance_status": "shows the test of the link",
    "madc_control": "wakes, starts and stops the fast converter",
    "derived": "what it configures follows",
}

# Containers of which tables are derived after each write, see refresh.py; all others without behaviour only store.
derived = frozenset({
    "CADCChannelConfig", "CADCConfig", "CapMemBlockConfig", "CapMemCell", "CommonCorrelationConfig",
    "CommonNeuronBackendConfig", "CommonPADIBusConfig", "CommonSTPConfig", "CrossbarNode", "CrossbarOutputConfig",
    "MADCConfig", "NeuronBackendConfig", "NeuronConfig", "PLLSelfTest", "PadMultiplexerConfig",
    "ReadoutSourceSelection", "SynapseDriverConfig",
})  # fmt: skip

# Containers that the executor goes by, in the order of `Playback.register`.
of_executor = (
    "PollingOmnibusBlockConfig",
    "InstructionTimeoutConfig",
    "SystimeCorrectionBarrierConfig",
    "FPGASystimeSyncNumRetries",
    "SystimeSyncBase",
)


def number(name: str | None) -> int:
    """The number of a behaviour as the register maps name it; KeyError for one that nothing is bound to."""
    if name is not None and name not in names:
        raise KeyError(f"behaviour `{name}` is not bound")
    return names.index(name or "none")
