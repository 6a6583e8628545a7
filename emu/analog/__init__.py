"""The analog core: neurons and what drives them."""
