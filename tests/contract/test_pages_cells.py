"""What the words of a cell mean: limits, enumerations, required, presence."""

from __future__ import annotations

import pytest

from conformance.derive.cells import Block, is_name, is_type
from conformance.derive.descriptions import enumerations_of, limits_of
from conformance.derive.rows import presence_of, required_of


def cell(*texts: str) -> tuple[Block, ...]:
    """A cell of paragraphs; a text that begins with a dash and a blank is a list entry."""
    return tuple(Block(text.removeprefix("- "), line, text.startswith("- ")) for line, text in enumerate(texts, 1))


@pytest.mark.parametrize(
    ("text", "base64_max", "file_advised"),
    [
        ("以base64编码，编码后不超过10MB。", "10MB", None),
        ("Base64编码不超过10MB，建议文件不超过7MB。", "10MB", "7MB"),
        ("Base64 text of at most 6 MB.", "6MB", None),
        ("Picture in Base64. A file of up to 3.5 MB is recommended.", None, "3.5MB"),
        ("编码后不超过10M，base64。", "10M", None),
    ],
)
def test_sizes(text: str, base64_max: str | None, file_advised: str | None) -> None:
    limits = limits_of(cell(text))
    assert (limits.base64_max, limits.file_advised, limits.notes) == (base64_max, file_advised, ())


@pytest.mark.parametrize(
    ("text", "side_min", "side_max"),
    [
        ("最小边不小于15像素，最长边不超过8000像素", 15, 8000),
        ("尺寸不小于15px，最长边不超过8192px", 15, 8192),
        ("各边在15px到30,000px之间", 15, 30000),
        ("No side can be smaller than 15 or larger than 8,192 pixels.", 15, 8192),
        ("The narrow edge has at least 15 pixels and the wide edge at most 4,096 pixels.", 15, 4096),
        ("sides between 15 and 8192 pixels", 15, 8192),
    ],
)
def test_sides(text: str, side_min: int, side_max: int) -> None:
    limits = limits_of(cell(text))
    assert (limits.side_min, limits.side_max, limits.notes) == (side_min, side_max, ())


@pytest.mark.parametrize(
    ("text", "formats"),
    [
        ("支持JPEG/JPG/PNG/BMP/TIFF格式。", ("JPEG", "JPG", "PNG", "BMP", "TIFF")),
        ("支持JPG、PNG、BMP等格式", ("JPG", "PNG", "BMP")),
        ("Only images in PNG, JPG, or WebP format can be read.", ("PNG", "JPG", "WebP")),
        ("JPG and PNG image formats", ("JPG", "PNG")),
        ("仅支持PDF格式", ("PDF",)),
        ("以JSON格式返回", ()),
        ("格式正确但不存在的ID", ()),
    ],
)
def test_formats(text: str, formats: tuple[str, ...]) -> None:
    assert limits_of(cell(text)).formats == formats


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("取值范围为[0, 99]。", (0, 99)),
        ("取值范围：0~1", (0, 1)),
        ("取值范围[-1，359]", (-1, 359)),
        ("The value ranges from 0 to 100.", (0, 100)),
        ("A number between 1 and 5.", (1, 5)),
        ("共3张，第4~5张有效", (None, None)),
    ],
)
def test_ranges(text: str, span: tuple[int | None, int | None]) -> None:
    limits = limits_of(cell(text))
    assert (limits.minimum, limits.maximum, limits.notes) == (*span, ())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("照片不超过10MB", "the size 10MB is neither a limit of the base64 text nor an advised size of the file"),
        ("base64不超过10MB，base64不超过8MB", "a second size, 8MB, beside 10MB"),
        ("水印高15像素", "15像素 is neither a smallest nor a longest side"),
        ("边长不小于15px，宽度不小于20px", "a second minimum side, 20, beside 15"),
        ("取值范围(0, 1]", "a range that leaves an end out has no field"),
        ("取值范围0.5~0.9", "a range that does not end in whole numbers has no field"),
    ],
)
def test_a_limit_that_no_field_holds_is_named(text: str, why: str) -> None:
    assert [(note.line, note.why) for note in limits_of(cell("甲", text)).notes] == [(2, why)]


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (("类别如下：", "- front：正面", "- back：反面;"), ("front", "back")),
        (("- true", "- false"), ("true", "false")),
        (("0：正向；", "90：向左；", "否则该字段值为 -1。"), ("0", "90", "-1")),
        (("可选值为：front、back",), ("front", "back")),
        (("Possible values: EUR, CNY, or USD.",), ("EUR", "CNY", "USD")),
        (("取值为“true”或“false”",), ("true", "false")),
        (("地址：", "- 公网http/https url", "- 存储服务的url"), ()),
        (("说明：", "- timeout：太慢"), ()),
        (("见 https://example.invalid/a",), ()),
        (("取值范围[0, 99]",), ()),
    ],
)
def test_values(texts: tuple[str, ...], values: tuple[str, ...]) -> None:
    listed = enumerations_of(cell(*texts))
    assert (listed.values, listed.fields) == (values, ())


@pytest.mark.parametrize(
    ("texts", "fields"),
    [
        (("包含如下字段：", "a_result、b_result、c_result"), ("a_result", "b_result", "c_result")),
        (("包含字段如下，见表7", "：a、b、c，以上字段取值范围[0, 9]"), ("a", "b", "c")),
        (("包含如下字段：", "- sharp：清晰", "- glare：反光"), ("sharp", "glare")),
        (("It has the following fields: width, height",), ("width", "height")),
        (("仅在alarm为true时，返回该字段。", "a、b"), ()),
    ],
)
def test_members(texts: tuple[str, ...], fields: tuple[str, ...]) -> None:
    listed = enumerations_of(cell(*texts))
    assert (listed.fields, listed.values) == (fields, ())


@pytest.mark.parametrize(
    ("text", "default"),
    [
        ("默认false，取值如下", "false"),
        ("未传入时默认为“auto”，即自动。", "auto"),
        ('默认值为["digit","upper"]。', '["digit","upper"]'),
        ("The default value is 3.", "3"),
        ("It defaults to false.", "false"),
        ("不指定时默认返回全部", None),
        ("The default is the first page.", None),
    ],
)
def test_defaults(text: str, default: str | None) -> None:
    assert enumerations_of(cell(text)).default == default


@pytest.mark.parametrize(
    ("answer", "description", "required"),
    [
        ("是", "", "yes"),
        ("否", "", "no"),
        ("Yes", "", "yes"),
        ("No", "", "no"),
        ("与url二选一", "", "one of image, url"),
        ("否，该参数与url二选一", "", "one of image, url"),
        ("否", "该参数与url二选一。", "one of image, url"),
        ("否", "base64编码，与url、pdf三选一", "one of image, url, pdf"),
        ("No", "Set either this parameter or url.", "one of image, url"),
        ("No. Set either this parameter or url.", "", "one of image, url"),
        ("", "Either image or url must be set.", "one of image, url"),
        ("", "照片", "unstated"),
    ],
)
def test_required(answer: str, description: str, required: str) -> None:
    assert required_of(answer, description, "image") == (required, None)


def test_an_answer_that_is_more_than_yes_or_no_is_named() -> None:
    assert required_of("否（批量时必选）", "", "image") == (
        "unstated",
        "'否（批量时必选）' is neither yes, no nor a choice",
    )
    assert required_of("No, except for batches", "", "image") == (
        "no",
        "only its beginning is read: 'No, except for batches' says more than yes or no",
    )


@pytest.mark.parametrize(
    ("text", "presence", "condition"),
    [
        ("调用失败时的错误码。", "failure", None),
        ("调用成功时无此字段。", "failure", None),
        ("调用成功时返回的结果", "success", None),
        ("识别结果。调用失败时不返回此字段。", "success", None),
        ("仅在输入参数alarm为true时，返回该字段", "alarm", "alarm"),
        ("仅当入参“with_location”为true时存在。", "optional", "with_location"),
        ("当return_text为true时，返回该字段值，否则不返回。", "optional", "return_text"),
        ("Error code of a failed call.", "failure", None),
        ("This parameter is not returned when the call succeeds.", "failure", None),
        ("Result of a successful call.", "success", None),
        ("This field is returned only when the input parameter alarm is true.", "alarm", "alarm"),
        ("If detect_seal is set to true, this field is returned.", "optional", "detect_seal"),
    ],
)
def test_presence(text: str, presence: str, condition: str | None) -> None:
    stated = presence_of(text)
    assert stated is not None
    assert (stated.presence, stated.condition) == (presence, condition)


@pytest.mark.parametrize("text", ["坐标。", "仅当detect为true时，该字段有效。", "Coordinates of the text."])
def test_presence_that_is_not_stated(text: str) -> None:
    assert presence_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "String", "Integer", "Object", "Array of strings", "Array of integer", "Array of ItemList objects",
        "Array of Objects", "ItemList object", "表5 object", "Array of Table 6 objects", "Array<Array<Integer>>",
        "String[]",
    ],
)  # fmt: skip
def test_types(text: str) -> None:
    assert is_type(text)


@pytest.mark.parametrize("text", ["list", "number", "object", "words_region_list", "字符串", "Amount.", ""])
def test_names_and_other_words_are_no_types(text: str) -> None:
    assert not is_type(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("X-Auth-Token", True),
        ("words_list[]", True),
        ("[数组元素]", True),
        ("Amount.", False),
        ("a b", False),
        ("-a", False),
    ],
)
def test_names(text: str, expected: bool) -> None:
    assert is_name(text) is expected
