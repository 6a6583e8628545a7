"""The playback instruction set: the words that an FPGA executes and answers."""
