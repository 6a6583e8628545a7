    .include "libnux/spikes.inc"
    .incbin "weights.bin"
