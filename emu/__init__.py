"""The emulated chip: state, kernels, buses, event routing, analog core, playback executor."""
