"""The worksheet functions, by subject."""
