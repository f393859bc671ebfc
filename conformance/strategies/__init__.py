"""Requests to send: valid ones, ones with exactly one fault, and the pictures in them.

`valid_requests`, `invalid_requests` and `images` are Hypothesis strategies; `example` and `examples` draw from them
outside of a test. `build` makes the request of a `Draw`, `break_request` the same request with one fault: both need no
Hypothesis, which is loaded by the functions that return a strategy.

    from hypothesis import given
    from conformance import load_contract, strategies

    @given(strategies.invalid_requests(load_contract("auto-classification-v1.0")))
    def test_refused(request):
        assert my_handler(request.body).status == 400, request.label.fault
"""

from conformance.strategies.build import build
from conformance.strategies.drawing import example, examples
from conformance.strategies.draws import Draw
from conformance.strategies.invalid import break_request, fault_ids, invalid_requests
from conformance.strategies.pictures import Picture, draw_picture
from conformance.strategies.specimens import Specimen, read_specimens, specimens, typed_specimens
from conformance.strategies.valid import images, plain_draws, valid_draws, valid_requests

__all__ = [
    "Draw",
    "Picture",
    "Specimen",
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
