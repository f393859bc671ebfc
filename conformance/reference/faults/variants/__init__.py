"""Unusual implementations that the documents allow: whoever finds a broken `must` in one of them is wrong.

requests    what is accepted, where the documents leave open what is
refusals    the codes and statuses of refusals, where several fit
answers     the contents of answers
wire        how answers are written and sent
declared    what is conformant once a target statement says so

Where the documents are silent or contradict themselves a variant takes a reading that the reference does not take; the
numbers say of which open points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.faults.variants import answers, declared, requests

if TYPE_CHECKING:
    from conformance.reference.behaviour import Fault

VARIANTS: tuple[Fault, ...] = (
    *requests.VARIANTS,
    *declared.REFUSAL_VARIANTS,
    *answers.VARIANTS,
    *requests.WIRE_VARIANTS,
    *declared.VARIANTS,
)
