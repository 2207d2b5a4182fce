"""The workbook of a policy backtest."""
