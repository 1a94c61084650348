"""The chained log: its tables, its key, how rows are chained, sealed, anchored and proved.

What the rest of the register calls is `kernel.audit`.
"""
