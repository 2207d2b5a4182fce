"""`duebook serve`: the Office.js add-in's files and the worksheet functions over HTTP."""
