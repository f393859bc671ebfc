"""Runs purposes against a target within a budget, and keeps what was learnt in a ledger.

What a user wants: `options`, and `settings` where nobody types them. What is asked: `purposes`, read from `case_files`;
`plan` chooses them and says what they cost, `scripts` makes their requests. The run: `session` makes it ready,
`preflight` looks before it, `run` goes through it within its `budget`, `ahead` sends before its turn; whether the
target is there to answer: `availability`; what answers mean: `outcomes`; the recording: `recorder`. What was learnt:
`ledger`, with an `account` of each requirement; what was `recognised`, in `figures`; which misses are `habits`, by
statistical `inference`; and the `sight` of the target. Traffic of others: `audit`, in `pieces` that `mappers` hand out,
with `counted` and `relatives`. About the kit: `lookup` by name, and the `kill_table` of faulty implementations.
"""
