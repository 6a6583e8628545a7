"""The registers, coordinates and parameter cells of the chip, and the words that reach them."""
