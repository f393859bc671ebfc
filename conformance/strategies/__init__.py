"""Requests to send: valid ones, ones with exactly one fault, and the pictures in them.

`valid_requests`, `invalid_requests` and `images` are Hypothesis strategies; `example` and `examples` draw from them
outside of a test. `build` makes the request of a `Draw`, `break_request` the same request with one fault: both need no
Hypothesis, which is loaded by the functions that return a strategy.

`valid` draws what is asked and `draw` is one such recipe; `build` and `pictures` make it a request and a file, with
documents of `specimens`. `faults` of parameters stand apart from `call_faults` and `picture_faults`; `requests` has the
strategies of both kinds.

A test of one's own handler needs no server:

    from hypothesis import given
    from my_service import handle  # yours: from the body of a request to a status and the JSON of the answer

    from conformance import FaultyRequest, load_contract, strategies

    TICKETS = load_contract("auto-classification-v1.0")

    @given(strategies.invalid_requests(TICKETS, fault="picture.format"))
    def test_other_formats_are_refused(request: FaultyRequest) -> None:
        status, answer = handle(request.body)
        assert status == 400, request.label.fault
        assert answer["error_code"] in request.label.codes
"""

from conformance.strategies.build import build
from conformance.strategies.draw import Draw
from conformance.strategies.pictures import Picture, draw_picture
from conformance.strategies.requests import (
    acceptable_requests,
    break_request,
    example,
    examples,
    fault_ids,
    images,
    invalid_requests,
    valid_requests,
)
from conformance.strategies.specimens import Specimen, read_specimens, specimens, typed_specimens
from conformance.strategies.valid import plain_draws, valid_draws

__all__ = [
    "Draw",
    "Picture",
    "Specimen",
    "acceptable_requests",
    "break_request",
    "build",
    "draw_picture",
    "example",
    "examples",
    "fault_ids",
    "images",
    "invalid_requests",
    "plain_draws",
    "read_specimens",
    "specimens",
    "typed_specimens",
    "valid_draws",
    "valid_requests",
]
