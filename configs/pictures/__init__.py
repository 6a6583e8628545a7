"""Pictures that the experiments draw."""
