"""The vendor's published SDK calls the reference: typed results, typed errors, signed with AK/SK over loopback.

Its own deprecated calls (datetime.utcnow on newer Pythons) are not ours to repair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from drawn_documents import Drawing, card, encoded, text
from huaweicloudsdkcore.auth.credentials import BasicCredentials  # type: ignore[import-untyped]
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException  # type: ignore[import-untyped]
from huaweicloudsdkocr.v1 import (  # type: ignore[import-untyped]
    AutoClassificationRequestBody,
    AutoIdDocClassificationRequestBody,
    OcrClient,
    RecognizeAutoClassificationRequest,
    RecognizeAutoIdDocClassificationRequest,
)
from reference_process import PROJECT, Server, served

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

KEYS = {"CLOUD_SDK_AK": "ACCESSKEYOFNOBODY000", "CLOUD_SDK_SK": "secret-key-of-nobody-0000000000000000000"}
PICTURE = text(encoded(card(Drawing(ticket="passport", document="passport", content={"surname": "SPECIMEN"}))))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served(environment=KEYS) as running:
        yield running


def client(server: Server, secret: str = KEYS["CLOUD_SDK_SK"]) -> OcrClient:
    credentials = BasicCredentials(KEYS["CLOUD_SDK_AK"], secret, PROJECT)
    return OcrClient.new_builder().with_credentials(credentials).with_endpoint(server.origin).build()


def test_tickets_come_as_typed_results(server: Server) -> None:
    request = RecognizeAutoClassificationRequest()
    request.body = AutoClassificationRequestBody(image=PICTURE, type_list=["passport"])
    answer = client(server).recognize_auto_classification(request)
    (ticket,) = answer.result
    assert (ticket.type, ticket.status.error_code, ticket.content["surname"]) == ("passport", "AIS.0000", "SPECIMEN")
    assert ticket.location == [[0, 0], [900, 0], [900, 560], [0, 560]]
    assert len(answer.x_request_id) == 32


def test_a_document_comes_as_a_typed_result(server: Server) -> None:
    request = RecognizeAutoIdDocClassificationRequest(enterprise_project_id="0")
    request.body = AutoIdDocClassificationRequestBody(data=PICTURE, alarm=True)
    result = client(server).recognize_auto_id_doc_classification(request).result
    assert (result.type, result.confidence) == ("passport", 0.9901)
    assert (result.alarm_result.detect_blur_result, result.alarm_confidence.blur_score) == (False, 0)


def test_a_refusal_comes_as_a_typed_error(server: Server) -> None:
    request = RecognizeAutoClassificationRequest()
    request.body = AutoClassificationRequestBody(image="%%%")
    with pytest.raises(ClientRequestException) as caught:
        client(server).recognize_auto_classification(request)
    assert (caught.value.status_code, caught.value.error_code) == (400, "AIS.0102")
    assert caught.value.error_msg == "The image format is not supported."
    assert len(caught.value.request_id) == 32


def test_a_wrong_secret_comes_as_a_typed_error(server: Server) -> None:
    request = RecognizeAutoClassificationRequest()
    request.body = AutoClassificationRequestBody(image=PICTURE)
    with pytest.raises(ClientRequestException) as caught:
        client(server, "another-secret").recognize_auto_classification(request)
    assert (caught.value.status_code, caught.value.error_code) == (401, "APIG.0301")


def test_temporary_keys_are_accepted_with_their_security_token_alone() -> None:
    request = RecognizeAutoClassificationRequest()
    request.body = AutoClassificationRequestBody(image=PICTURE, type_list=["passport"])
    with served(environment={**KEYS, "CLOUD_SDK_SECURITY_TOKEN": "security-token-of-nobody"}) as server:
        credentials = BasicCredentials(*KEYS.values(), PROJECT).with_security_token("security-token-of-nobody")
        temporary = OcrClient.new_builder().with_credentials(credentials).with_endpoint(server.origin).build()
        assert temporary.recognize_auto_classification(request).result[0].type == "passport"
        with pytest.raises(ClientRequestException) as caught:
            client(server).recognize_auto_classification(request)
    assert (caught.value.status_code, caught.value.error_code) == (401, "APIG.0301")


def test_without_keys_of_its_own_the_reference_accepts_no_signature() -> None:
    with served() as server:
        request = RecognizeAutoClassificationRequest()
        request.body = AutoClassificationRequestBody(image=PICTURE)
        with pytest.raises(ClientRequestException) as caught:
            client(server).recognize_auto_classification(request)
    assert (caught.value.status_code, caught.value.error_code) == (401, "APIG.0301")
