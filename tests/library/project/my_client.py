"""A client of the service: what it sends, and what it makes of the answer, is what the tests beside it look at."""

from __future__ import annotations

import base64

import httpx
from my_ocr import PATH

ORIGIN = "http://ocr.example"


def classify(client: httpx.Client, picture: bytes, *, member: str = "image") -> httpx.Response:
    """Ask what is on a picture. `member` is what the picture is called: anything but `image` is a mistake."""
    body = {member: base64.b64encode(picture).decode("ascii")}
    return client.post(ORIGIN + PATH, json=body, headers={"X-Auth-Token": "sesame"})
