"""The policy backtest: what two credit policies would have allowed, stopped, collected and lost.

``docs/policy-backtest.md`` says in plain words what is replayed, what is assumed, and what a ledger cannot
know.
"""
