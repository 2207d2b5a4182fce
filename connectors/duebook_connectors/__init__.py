"""Readers of ERP databases: one file an ERP."""
