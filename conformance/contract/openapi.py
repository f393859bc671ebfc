"""The OpenAPI 3.1 document of a contract, made from its tables, schemas and error catalogue.

It holds standard keywords only, and every object has a name of its own among the components, so that generators of
clients and of types find all of it. Examples have the documented shapes and invented values (`schemas/examples.json`;
a member that a later edition adds gets one from its schema).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias, cast

from conformance.contract.schemas import described, is_required, member_type
from conformance.contract.subschema import BASE, when_recognised
from conformance.files import data_folder, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conformance.contract.contract import Contract

Node: TypeAlias = dict[str, object]

VERSION = "3.1.0"
_JSON = "application/json"
_OWN_HEADERS = frozenset({"x-auth-token", "content-type", "authorization", "x-sdk-date"})
"""Headers that OpenAPI states elsewhere: in the security schemes and with the body."""

_SERVICE = (400, "the service refuses the request / 服务拒绝该请求")
_PLATFORM = {
    401: "credentials are absent or not valid / 缺少凭证或凭证无效",
    403: "the caller may not do this / 调用者无权限",
    404: "there is no such operation, or no such project / 接口或项目不存在",
    405: "another method than POST / 方法不是 POST",
    413: "the body is too long / 请求体过长",
    415: "the body is not labelled application/json / 请求体未标为 application/json",
    429: "too many requests / 请求过多",
}
"""Statuses of the platform and the gateway. The documents give them none: these are HTTP's own (open point 73)."""

_FAILED = {
    500: "the service or the platform failed / 服务或平台内部失败",
    502: "the gateway had no answer of the service / 网关未得到服务的响应",
    503: "the service is not to be had for now / 服务暂不可用",
    504: "the gateway waited in vain / 网关等待超时",
}
"""One by one: of a range (`5XX`) some tools read nothing, and some no document that has it."""

_OTHERWISE = "any other failure / 其他失败"

_CODES = {
    401: ("ModelArts.4101", "ModelArts.4103"),
    403: ("ModelArts.4203",),
    404: ("APIG.0101",),
    405: ("APIG.0101",),
    413: ("ModelArts.4104",),
    415: ("ModelArts.4105",),
    429: ("ModelArts.4401",),
}
"""Codes that show what an answer of such a status looks like."""

_FAILED_CODES = ("APIG.0201", "ModelArts.4505")

_TOKEN: Node = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Auth-Token",
    "description": "a token of the project / 项目的 Token",
}
_SIGNATURE: Node = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "description": "a signature of the request with an access key (AK/SK): `SDK-HMAC-SHA256 Access=..., "
    "SignedHeaders=..., Signature=...` / 以 AK/SK 对请求的签名",
}
_SIGNED_AT: Node = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Sdk-Date",
    "description": "when the request was signed, in UTC: YYYYMMDDThhmmssZ / 签名时间（UTC）",
}


def openapi(contract: Contract) -> Node:
    """The document of one contract, ready to be written as JSON. Raises DataError for a mistake in a data file."""
    page = contract.page
    examples = cast("Mapping[str, object]", read_json(data_folder("schemas") / "examples.json"))
    return {
        "openapi": VERSION,
        "info": {
            "title": page.title.en,
            "version": page.edition,
            "description": f"{page.title.zh}. Source: {page.document.en} ({page.published}), in the kit's own words.",
            "contact": {"name": "ocr-conformance", "url": BASE.rpartition("/")[0]},
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "tags": [{"name": "ocr", "description": "recognition of documents in pictures / 图片中证件票据的识别"}],
        "servers": [
            {
                "url": "https://{endpoint}",
                "description": "the provider's, or one's own / 服务商或自有的地址",
                "variables": {"endpoint": {"default": "ocr.example.com", "description": "host, and port / 主机与端口"}},
            }
        ],
        "security": [{"token": []}, {"signature": [], "signedAt": []}],
        "paths": {page.path: {page.method.lower(): _operation(contract, examples)}},
        "components": {
            "securitySchemes": {"token": _TOKEN, "signature": _SIGNATURE, "signedAt": _SIGNED_AT},
            "schemas": _schemas(contract, str(examples["url"])),
        },
    }


def _operation(contract: Contract, examples: Mapping[str, object]) -> Node:
    page = contract.page
    parameters = list(_parameters(contract, examples))
    return {
        "operationId": page.path.rsplit("/", 1)[1],
        "summary": page.title.en,
        "description": _described(contract),
        "tags": ["ocr"],
        **({"parameters": parameters} if parameters else {}),
        "requestBody": {
            "required": True,
            "content": {_JSON: {"schema": _ref("Request"), "examples": _requests(contract, examples)}},
        },
        "responses": _responses(contract, examples),
    }


def _described(contract: Contract) -> str:
    """What the operation does, and what this document judges of an answer."""
    page = contract.page
    what = f"{page.title.en}: a picture, as base64 text in `{page.picture}` or by its `url`, is classified and read."
    if contract.page.result == "fields":
        return f"{page.title.en}. The answer has the fields that the page lists. / {page.title.zh}：返回页面所列字段。"
    if not contract.answers_tickets:
        return f"{what} The answer describes one document. / {page.title.zh}：识别图片中的一个证件。"
    return (
        f"{what} The answer lists the tickets that were found, each with its own status. The schema of an answer "
        "judges the content of a recognised ticket by its type: a `type` of `vat_invoice` asks for a `content` of "
        "`VatInvoiceContent`, and so on. "
        f"/ {page.title.zh}：逐张列出识别到的票证，各有其状态；已识别票证的 content 按其 type 由对应的 schema 判定。"
    )


def _parameters(contract: Contract, examples: Mapping[str, object]) -> Iterator[Node]:
    for table, row in contract.page.rows_of("path", "header"):
        # One edition lists the host as a path parameter (open point 50).
        if table.kind == "path" and f"{{{row.name}}}" in contract.page.path:
            example = {"example": examples[row.name]} if row.name in examples else {}
            yield {"name": row.name, "in": "path", "required": True, **_text(described(row.label)), **example}
        elif table.kind == "header" and row.name.lower() not in _OWN_HEADERS:
            yield {"name": row.name, "in": "header", "required": False, **_text(described(row.label))}


def _text(description: str) -> Node:
    return {"description": description, "schema": {"type": "string"}}


def _requests(contract: Contract, examples: Mapping[str, object]) -> Node:
    """Requests that a target accepts: tools send them, and take a refusal for a breach."""
    name = contract.page.picture
    if not name:
        rows = [row for _, row in contract.page.rows_of("body") if is_required(row)]
        made = {row.name: _example({"type": member_type(row)}) for row in rows}
        return {"parameters": {"summary": "invented values / 虚构取值", "value": made}}
    if contract.page.result == "fields":
        return {"white": {"summary": "a white square / 白色方块", "value": {name: examples["picture"]}}}
    specimen = {name: cast("Mapping[str, object]", examples["specimen"])[contract.page.result]}
    found: Node = {
        "specimen": {"summary": "an invented document, which is recognised / 虚构证件，可被识别", "value": specimen},
    }
    if "type_list" in contract.parameters:
        some = {**specimen, "type_list": ["quota_invoice", "vat_invoice"]}
        found["type_list"] = {"summary": "two types of tickets only / 仅识别两类票证", "value": some}
    if "alarm" in contract.parameters:
        found["alarm"] = {"summary": "with picture alarms / 返回图片告警", "value": {**specimen, "alarm": True}}
    return found


def _responses(contract: Contract, examples: Mapping[str, object]) -> Node:
    documented = {row.name for _, row in contract.page.rows_of("status")}
    status, words = _SERVICE
    example = _completed(examples.get(contract.page.result, {}), contract.derived_schemas()["success"].published())
    answer: Node = {"success": {"value": example}}
    responses: Node = {
        "200": _response("a result / 识别结果", "Success", answer),
        str(status): _response(words, "Failure", _failures(contract, _service_codes(contract))),
    }
    for status, words in _PLATFORM.items():
        note = "" if str(status) in documented else "; the documents give such errors no status of their own"
        responses[str(status)] = _response(words + note, "Failure", _failures(contract, _CODES[status]))
    for status, words in _FAILED.items():
        responses[str(status)] = _response(words, "Failure", _failures(contract, _FAILED_CODES))
    responses["default"] = _response(_OTHERWISE, "Failure", _failures(contract, _FAILED_CODES[:1]))
    return responses


def _completed(value: object, schema: Node) -> object:
    """An example with the members that its schema requires and it lacks: an edition adds them without an example."""
    if isinstance(value, list):
        items = cast("Node", schema.get("items", {}))
        return [_completed(entry, items) for entry in value]
    if not isinstance(value, dict):
        return value
    members = cast("Node", schema.get("properties", {}))
    wanted = [name for name in cast("list[str]", schema.get("required", [])) if name not in value]
    whole = {**value, **{name: _example(cast("Node", members.get(name, {}))) for name in wanted}}
    return {name: _completed(member, cast("Node", members.get(name, {}))) for name, member in whole.items()}


def _example(schema: Node) -> object:
    """A plain value of a schema that the tables give."""
    if "enum" in schema:
        return cast("list[object]", schema["enum"])[0]
    least = schema.get("minimum", min(0, cast("float", schema.get("maximum", 0))))
    plain: Node = {"string": "example", "boolean": False, "integer": least, "number": least, "object": {}}
    if schema.get("type") == "array":
        items = cast("Node", schema.get("items", {}))
        return [_example(items) for _ in range(cast("int", schema.get("minItems", 0)))]
    return plain.get(str(schema.get("type")))


def _response(words: str, schema: str, examples: Node) -> Node:
    return {
        "description": words,
        "headers": {"X-Request-Id": {"description": "for questions to the provider", "schema": {"type": "string"}}},
        "content": {_JSON: {"schema": _ref(schema), "examples": examples}},
    }


def _service_codes(contract: Contract) -> list[str]:
    """The codes of the service that the edition's page of error codes lists, or else the latest known page."""
    codes = [entry for entry in contract.errors.codes.values() if entry.module == "OCR"]
    known = sorted({edition for entry in codes for edition in entry.editions})
    edition = contract.page.edition if contract.page.edition in known else known[-1]
    return [entry.code for entry in codes if edition in entry.editions]


def _failures(contract: Contract, codes: Sequence[str]) -> Node:
    entries = [contract.errors.codes[code] for code in codes]
    return {
        entry.code: {"summary": entry.meaning.en, "value": {"error_code": entry.code, "error_msg": entry.message}}
        for entry in entries
        if entry.message is not None
    }


def _schemas(contract: Contract, address: str) -> Node:
    """The components: bodies, every object in them under a name of its own, and the contents of tickets.

    `address` shows what a `url` looks like.
    """
    components: Node = {}
    for name, schema in contract.derived_schemas().items():
        components[name.capitalize()] = _embedded(schema.published(), components, "")
    request = cast("Node", components["Request"])
    inputs = cast("list[Node]", request.pop("oneOf", []))
    if len(inputs) == 2:  # the same as oneOf, of which some generators make a body without members
        first, second = inputs
        request |= {"if": first, "then": {"not": second}, "else": second}
    parameters = cast("Mapping[str, Node]", request["properties"])
    for parameter in parameters.values():
        if "default" in parameter:  # generators of types take a member that has a default for one that must be there
            default = str(parameter.pop("default")).lower()
            parameter["description"] = f"{parameter['description']} (default {default} / 默认 {default})"
    if contract.page.picture:
        parameters[contract.page.picture]["contentEncoding"] = "base64"
    if "url" in parameters:  # in words: an example is sent by tools, and nobody could accept an invented address
        parameters["url"]["description"] = f"{parameters['url']['description']} ({address})"
    if contract.answers_tickets:
        folder = contract.folder.parent / "tickets" / contract.page.edition
        paths = ((kind, folder / f"{kind}.schema.json") for kind in contract.types)
        cast("Node", components["Ticket"])["allOf"] = [
            _content_of(kind, cast("Node", read_json(path)), components) for kind, path in paths if path.is_file()
        ]
    return components


def _content_of(kind: str, schema: Node, components: Node) -> Node:
    """The content of a recognised ticket of one type is that of its own page."""
    name = f"{_capital(kind)}Content"
    components[name] = _embedded(schema, components, name)
    recognised = when_recognised()
    cast("Node", recognised["properties"])["type"] = {"const": kind}
    cast("list[str]", recognised["required"]).append("type")
    return {"if": recognised, "then": _branch({"properties": {"content": _ref(name)}})}


def _branch(schema: Node) -> Node:
    """What holds in one case alone. Linters take an object that says nothing of further members for a closed one."""
    return {**schema, "additionalProperties": True}


def _embedded(schema: Node, components: Node, within: str) -> Node:
    """A schema without its own identity; its definitions, and the objects in it, go to the components."""
    definitions = cast("Mapping[str, Node]", schema.get("$defs", {}))
    components |= {_capital(name): definition for name, definition in definitions.items()}
    node = {key: value for key, value in schema.items() if key not in ("$schema", "$id", "$defs", "title")}
    if "$ref" in node:
        return _ref(_capital(str(node["$ref"]).rpartition("/")[2]))
    if node.get("type") == ["object", "null"]:
        node["additionalProperties"] = True
    if "then" in node:
        node["then"] = _branch(cast("Node", node["then"]))
    if "properties" in node:
        members = cast("Mapping[str, Node]", node["properties"])
        node["properties"] = {name: _member(name, member, components, within) for name, member in members.items()}
    if "items" in node:
        node["items"] = _embedded(cast("Node", node["items"]), components, within)
    return node


def _member(name: str, schema: Node, components: Node, within: str) -> Node:
    """A member; an object, or a list of objects, is a component that is called as the member is."""
    called = {"result": "Document", "result[]": "Ticket"}
    if isinstance(items := schema.get("items"), dict) and "properties" in items:
        entry = called.get(f"{name}[]", f"{within}{_capital(name)}Entry")
        components[entry] = _embedded(items, components, within and entry)
        return {**schema, "items": _ref(entry)}
    if "properties" in schema:
        component = called.get(name, f"{within}{_capital(name)}")
        components[component] = _embedded(schema, components, within and component)
        return _ref(component)
    return _embedded(schema, components, within)


def _capital(name: str) -> str:
    """`vat_invoice` as `VatInvoice`."""
    return "".join(part.capitalize() for part in re.split(r"[^A-Za-z0-9]+", name))


def _ref(name: str) -> Node:
    return {"$ref": f"#/components/schemas/{name}"}
