"""From exchange to observations: what a request allows (`expect`), what an answer says (`examine`). Pure functions."""

from conformance.judging.examine import CHECKS, examine
from conformance.judging.expect import Expectation, expect
from conformance.judging.observation import Observation
from conformance.judging.relations import COMPARATORS, relate

__all__ = ["CHECKS", "COMPARATORS", "Expectation", "Observation", "examine", "expect", "relate"]
