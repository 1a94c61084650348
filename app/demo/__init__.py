"""A synthetic country for demonstrations and tests: `python3 run.py demo`. No person in it is real."""
