"""The Office.js add-in, for Excel on Windows, Mac and the web: its manifest and its functions, generated."""
