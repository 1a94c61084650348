"""Benchmark of the system against stock FAB, on the same data in one run: `python3 run.py bench --help`."""
