"""The nightly refresh: extract, load, reconcile, measure, publish."""
