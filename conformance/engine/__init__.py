"""Runs purposes against a target within a budget, and keeps what was learnt in a ledger.

What is asked for: `options` and `settings`. What is asked: `purposes`, `own_pictures`, `exploration`, chosen by
`selection`, their requests by `scripts`, their cost by `plan`. The run: `session` makes it ready, `preflight` looks
before it, `run` goes through it, within `budget` (kept in `book`) and `patience`; `recorder` writes it down. What was
learnt: `ledger`, with `figures`, `billing`, and the limits that `measuring` decides; `sharing` takes it from process to
process. Traffic of others: `audit`, with `kinship`. Kept out of reports and cassettes: `discretion`, `redaction`. About
the kit: `catalogue` of faulty implementations, and `proof` that each is caught.
"""
