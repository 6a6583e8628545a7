"""The emulated chip behind the UDP ports of the FPGA."""
