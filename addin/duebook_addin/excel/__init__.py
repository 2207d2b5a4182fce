"""The worksheet functions in Excel on Windows: the add-in's file, and the Python behind it."""
