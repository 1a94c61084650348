"""Printouts: PDF documents typeset in Khmer.

This feature is above the features with the records it prints.
"""
