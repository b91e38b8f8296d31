"""Every action meets every mishap on every platform: `python -m tests.faults` prints the matrix."""
