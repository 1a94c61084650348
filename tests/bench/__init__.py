"""The register measured against stock FAB, on the same data and in one run: `python3 run.py bench --help`."""
