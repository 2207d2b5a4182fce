"""The standard credit workbooks and the engine that fills them."""
