"""Exports of lists, cases, person files and period data sets; files hold only what the screen shows."""
