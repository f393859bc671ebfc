"""Django: its test client keeps no request, so the kit's own is given beside the response."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import django
import pytest
from django.conf import settings as configuration
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from hypothesis import given, settings
from my_ocr import HEADERS, PATH, Service

from conformance import Draw, FaultyRequest, assert_conforms, load_contract, strategies
from conformance import Request as KitRequest

TICKETS = load_contract("auto-classification-v1.0")
MISTAKE = r"^auto-classification-v1\.0/ticket\.location\.four-corners\n  expected: at least 4 entries\n"


def classify(request: HttpRequest) -> HttpResponse:
    status, body = Service(mistaken="HTTP_MISTAKEN" in request.META).answer(request.body)
    return HttpResponse(body, status=status, headers=HEADERS, content_type="application/json")


urls = ModuleType("urls")
vars(urls)["urlpatterns"] = [path(PATH.lstrip("/"), classify)]
configuration.configure(ROOT_URLCONF=urls, ALLOWED_HOSTS=["testserver"], DATA_UPLOAD_MAX_MEMORY_SIZE=None)
django.setup()


def sent(request: KitRequest, **headers: str) -> Any:
    content_type = request.header("Content-Type") or ""
    return Client(headers=headers).post(request.path, request.body, content_type=content_type)


@given(request=strategies.invalid_requests(TICKETS, fault="picture.format"))
@settings(max_examples=20, deadline=None)
def test_other_formats_are_refused(request: FaultyRequest) -> None:
    response = sent(request)
    assert response.status_code == 400
    assert_conforms(response, TICKETS, request)


def test_a_card_is_classified() -> None:
    request = strategies.build(TICKETS, Draw(page=("bankcard",)))
    assert_conforms(sent(request), TICKETS, request)
    with pytest.raises(AssertionError, match=MISTAKE):
        assert_conforms(sent(request, mistaken="yes"), TICKETS, request)
