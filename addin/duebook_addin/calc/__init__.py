"""The worksheet functions in LibreOffice Calc: host, extension and its installation."""
