"""From the ledger to what people and machines read: terminal, JSON, JUnit."""
