"""Models fitted to the ledger's own history: serious delinquency, days late, cash, and their trial."""
