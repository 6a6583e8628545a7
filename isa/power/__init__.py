"""Tables of the scalar instructions."""
