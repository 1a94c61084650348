"""Courses, their tests and certificates: who may enter data has learnt it."""
