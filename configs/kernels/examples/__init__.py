"""A short program for each file of the library of subroutines."""
