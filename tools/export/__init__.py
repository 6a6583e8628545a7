"""The register maps in the forms of other tools: C, SystemRDL and CMSIS-SVD."""
