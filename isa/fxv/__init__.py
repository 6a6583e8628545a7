"""Tables of the vector instructions."""
