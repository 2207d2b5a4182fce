"""Workbooks that people fill in: entries with names and rules, formulas that carry their values, charts."""
