"""Filling a table of any workbook and losing nothing else of it; what differs between two workbooks."""
