"""Likely duplicates: pairs of person records that may describe one person, and the merge of two records.

Two officers merge the records, and two officers can undo the merge.
"""
