"""The duebook command."""
