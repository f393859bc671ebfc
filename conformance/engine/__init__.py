"""Runs purposes against a target within a budget, and keeps what was learnt in a ledger."""
