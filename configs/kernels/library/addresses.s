# Registers of HICANN-X as the plasticity processors see them.
#
# Made from the register maps; do not edit it:
#
#     hicannx export assembly --only NeuronResetQuad --only SpikeCounterRead --only SpikeCounterReset
#
# REGISTER is the byte address of the first of its kind, REGISTER_word1 that of its second word. From one to the next along
# a part of the coordinate it is REGISTER_PART_distance bytes, and there are REGISTER_PART_count of them. Where the
# addresses along a part do not repeat evenly, PART_mod_N is its remainder of a division by N, and PART_div_N the rest.
# A word that repeats otherwise than the first one has REGISTER_word1_PART_distance and so on of its own.
# REGISTER_FIELD_mask has the bits of a field.
    .ifndef hicannx_addresses
    .set hicannx_addresses, 1

# Parallel bus, for fxvinx and fxvoutx: base + 2 * row + parity, parity 0 for even columns; then bits of such an address.
    .set pbus_weights, 0
    .set pbus_even_msb2, 0x10000
    .set pbus_odd_msb2, 0x20000
    .set pbus_labels, 0x40000
    .set pbus_cadc_causal, 0x80000
    .set pbus_correlation_reset, 0x90000
    .set pbus_cadc_acausal, 0xc0000
    .set pbus_vreset_acausal, 0xd0000
    .set pbus_random, 0xe0000
    .set pbus_raw, 0xf0000
    .set pbus_neuron_reset, 0xc90000
    .set pbus_buffered, 0x200000
    .set pbus_test_mask, 0x100000

# NeuronResetQuad: trigger: reset four neurons at once through the synram controller
    .set neuron_reset_quad, 0x8b250000
    .set neuron_reset_quad_synram_count, 2
    .set neuron_reset_quad_synram_distance, 0x4000000
    .set neuron_reset_quad_synapse_quad_column_count, 0x40
    .set neuron_reset_quad_synapse_quad_column_distance, 4

# SpikeCounterRead: 8 bit spike rate counter of one neuron
    .set spike_counter_read, 0x8048a000
    .set spike_counter_read_backend_block_count, 2
    .set spike_counter_read_backend_block_distance, 0x20000
    .set spike_counter_read_neuron_row_count, 2
    .set spike_counter_read_neuron_row_distance, 0x800
    .set spike_counter_read_backend_column_count, 0x80
    .set spike_counter_read_backend_column_distance, 0x10
    .set spike_counter_read_count_mask, 0xff
    .set spike_counter_read_overflow_mask, 0x100

# SpikeCounterReset: trigger: clear the spike counter of one neuron
    .set spike_counter_reset, 0x8048b000
    .set spike_counter_reset_backend_block_count, 2
    .set spike_counter_reset_backend_block_distance, 0x20000
    .set spike_counter_reset_neuron_row_count, 2
    .set spike_counter_reset_neuron_row_distance, 0x800
    .set spike_counter_reset_backend_column_count, 0x80
    .set spike_counter_reset_backend_column_distance, 0x10
    .endif
