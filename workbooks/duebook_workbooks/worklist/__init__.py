"""The collections worklist: what a collector works through in the morning."""
