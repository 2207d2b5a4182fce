"""The rules of trade credit: pure functions without input, output or clock."""
