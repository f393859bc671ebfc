"""Large invoices of mainland China: the VAT invoice and the unified motor vehicle sales invoice."""

from collections.abc import Mapping

from conformance.specimens.canvas import RED, Canvas, Colour
from conformance.specimens.specimen import Document, Fields, rows, text

BROWN: Colour = "#7d4a24"
BLUE: Colour = "#2c4f8a"

VAT_FIELDS: Fields = {
    "type": "normal",
    "code": "099002600104",
    "check_code": "00417004170041700417",
    "number": "00417523",
    "issue_date": "2026年03月11日",
    "encryption_block": ("03*<7/+0417>52-9<0+8*4>6/1<30-704*<17+/5>2609<0>8/4*+61-73<0041>7*5+2/<6-09>8041*7<"),
    "buyer_name": "样本市虚构商贸有限公司",
    "buyer_id": "91990000MA0YB00A00",
    "buyer_address": "样本市虚构区示例路00号 000-00000000",
    "buyer_bank": "样本银行虚构支行 0000041755550417",
    "seller_name": "样本市示例办公用品有限公司",
    "seller_id": "91990000MA0YB00B00",
    "seller_address": "样本市虚构区示例路01号 000-00000001",
    "seller_bank": "样本银行示例支行 0000041766660418",
    "subtotal_amount": "￥1350.00",
    "subtotal_tax": "￥175.50",
    "total": "￥1525.50",
    "item_list": [
        {
            "name": "*纸制品*样本打印纸A4",
            "specification": "70g/箱",
            "unit": "箱",
            "quantity": "6",
            "unit_price": "175.00",
            "amount": "1050.00",
            "tax_rate": "13%",
            "tax": "136.50",
        },
        {
            "name": "*文具*样本中性笔B",
            "specification": "0.5mm/盒",
            "unit": "盒",
            "quantity": "12",
            "unit_price": "25.00",
            "amount": "300.00",
            "tax_rate": "13%",
            "tax": "39.00",
        },
    ],
    "title": "样本增值税普通发票",
    "serial_number": "第二联：发票联",
    "attribution": "样本",
    "machine_number": "990000004175",
    "total_in_words": "壹仟伍佰贰拾伍元伍角整",
    "remarks": "样本票据不得报销",
    "receiver": "样本丙",
    "reviewer": "样本乙",
    "issuer": "样本甲",
}

VAT_COLUMNS = (
    ("货物或应税劳务、服务名称", "name", 30, 290, "lm"),
    ("规格型号", "specification", 290, 396, "lm"),
    ("单位", "unit", 396, 446, "mm"),
    ("数量", "quantity", 446, 510, "rm"),
    ("单价", "unit_price", 510, 600, "rm"),
    ("金额", "amount", 600, 716, "rm"),
    ("税率", "tax_rate", 716, 780, "rm"),
    ("税额", "tax", 780, 886, "rm"),
)


def draw_vat_invoice(c: Canvas, f: Fields) -> None:
    """Heading with the oval seal, buyer and cipher block, ruled lines of goods, seller and remarks."""
    c.paper("#fcfaf5", "#efe8da", step=34)
    c.watermark(460, 420, "SPECIMEN 样本", 104, fill="#f0eadd")
    _vat_head(c, f)
    left, right = 30, 886
    c.box(left, 152, right, 770, outline=BROWN, width=2)
    for y in (282, 316, 536, 574, 624):
        c.rule(left, y, right, y, fill=BROWN)
    _vat_party(c, f, 152, "购买方", "buyer")
    c.rule(560, 152, 560, 282, fill=BROWN)
    c.rule(592, 152, 592, 282, fill=BROWN)
    c.column(576, 180, "密码区", 19, 36, fill=BROWN)
    c.lines(604, 174, text(f, "encryption_block"), 18, 276, face="mono", step=1.5)
    _vat_lines(c, f)
    c.text(48, 599, "价税合计（大写）", 18, fill=BROWN)
    c.text(214, 599, "⊗ " + text(f, "total_in_words"), 21)
    c.text(610, 599, "（小写）", 18, fill=BROWN)
    c.text(690, 599, text(f, "total"), 22)
    _vat_party(c, f, 638, "销售方", "seller")
    c.rule(560, 624, 560, 770, fill=BROWN)
    c.rule(592, 624, 592, 770, fill=BROWN)
    c.column(576, 664, "备注", 19, 60, fill=BROWN)
    c.text(604, 650, text(f, "remarks"), 18)
    c.oval_seal(796, 716, ("样本发票专用", "SPECIMEN"))
    for x, label, name in ((48, "收款人：", "receiver"), (270, "复核：", "reviewer"), (470, "开票人：", "issuer")):
        c.field(x, 796, label, text(f, name), 19, label_fill=BROWN)
    c.text(690, 796, "销售方：（章）", 19, fill=BROWN)


def _vat_head(c: Canvas, f: Fields) -> None:
    c.spaced(284, 46, text(f, "title"), 33, 350, face="serif-bold", fill=BROWN)
    c.rule(274, 74, 644, 74, fill=BROWN, width=2)
    c.rule(274, 80, 644, 80, fill=BROWN, width=2)
    c.oval_seal(450, 112, ("样本监制章", "SPECIMEN"))
    c.text(40, 44, text(f, "code"), 26)
    c.field(40, 84, "机器编号：", text(f, "machine_number"), 18, label_fill=BROWN)
    c.badge(40, 124, size=19)
    c.text(668, 44, "№", 28, face="serif-bold", fill=BROWN)
    c.text(708, 44, text(f, "number"), 28, fill=BLUE)
    c.field(624, 98, "开票日期：", text(f, "issue_date"), 18, label_fill=BROWN)
    c.field(560, 130, "校验码：", _grouped(text(f, "check_code"), 5), 18, label_fill=BROWN)
    c.column(902, 330, text(f, "serial_number"), 15, 22, fill=BROWN)


def _grouped(digits: str, size: int) -> str:
    return " ".join(digits[start : start + size] for start in range(0, len(digits), size))


def _vat_party(c: Canvas, f: Fields, top: int, title: str, party: str) -> None:
    c.rule(62, top if party == "buyer" else 624, 62, top + 130 if party == "buyer" else 770, fill=BROWN)
    c.column(46, top + 30, title, 19, 36, fill=BROWN)
    parts = (
        ("名        称：", "name"),
        ("纳税人识别号：", "id"),
        ("地址、电话：", "address"),
        ("开户行及账号：", "bank"),
    )
    for index, (label, name) in enumerate(parts):
        y = top + 20 + index * 31
        c.text(72, y, label, 17, fill=BROWN)
        c.text(194, y, text(f, f"{party}_{name}"), 19, fit=360)


def _vat_lines(c: Canvas, f: Fields) -> None:
    items = rows(f, "item_list")
    for label, name, x0, x1, anchor in VAT_COLUMNS:
        c.rule(x1, 282, x1, 574 if name in ("name", "amount", "tax_rate") else 536, fill=BROWN)
        c.text((x0 + x1) / 2, 299, label, 17, fill=BROWN, anchor="mm", fit=x1 - x0 - 4)
        x = {"lm": x0 + 6.0, "mm": (x0 + x1) / 2, "rm": x1 - 6.0}[anchor]
        for index, item in enumerate(items):
            c.text(x, 338 + index * 32, item[name], 18, anchor=anchor)
    c.text(150, 555, "合        计", 19, fill=BROWN, anchor="mm")
    c.text(710, 555, text(f, "subtotal_amount"), 18, anchor="rm")
    c.text(880, 555, text(f, "subtotal_tax"), 18, anchor="rm")


MVS_FIELDS: Fields = {
    "code": "199002622704",
    "number": "00041755",
    "machine_printed_code": "199002622704",
    "machine_printed_number": "00041755",
    "issue_date": "2026-03-12",
    "machine_number": "990000004175",
    "buyer_name": "样本丁",
    "buyer_organization_number": "990000198805160002",
    "buyer_id": "91990000MA0YB00C00",
    "seller_name": "样本市虚构汽车销售有限公司",
    "seller_phone": "000-00000000",
    "seller_id": "91990000MA0YB00D00",
    "seller_account": "0000041777770419",
    "seller_address": "样本市虚构区示例路02号",
    "seller_bank": "样本银行虚构支行",
    "vehicle_type": "小型轿车",
    "brand_model": "样本牌YB0000SP",
    "manufacturing_location": "样本市",
    "quality_certificate": "WYB000000004175",
    "import_certificate": "00000417",
    "inspection_number": "00000418",
    "engine_number": "00041755Y",
    "vehicle_identification_number": "LYBSPEC00X0004175",
    "tonnage": "0",
    "seating_capacity": "5",
    "tax_authority": "样本市税务局虚构税务所",
    "tax_authority_code": "99000000417",
    "tax_payment_receipt": "00004175",
    "tax_rate": "13%",
    "tax": "￥13000.00",
    "tax_exclusive_price": "￥100000.00",
    "total": "￥113000.00",
    "total_chinese": "壹拾壹万叁仟元整",
    "fiscal_code": "03*<7/+0417>52-9<0+8*4>6/1<30-704*<17",
    "remark": "样本票据一车一票",
    "drawer_name": "样本戊",
}

MVS_CELLS = (
    (200, 152, 886, 216, "税控码", "fiscal_code"),
    (30, 216, 460, 272, "购买方名称及身份证\n号码/组织机构代码", "buyer"),
    (460, 216, 886, 272, "纳税人识别号", "buyer_id"),
    (30, 272, 320, 312, "车辆类型", "vehicle_type"),
    (320, 272, 640, 312, "厂牌型号", "brand_model"),
    (640, 272, 886, 312, "产地", "manufacturing_location"),
    (30, 312, 320, 352, "合格证号", "quality_certificate"),
    (320, 312, 640, 352, "进口证明书号", "import_certificate"),
    (640, 312, 886, 352, "商检单号", "inspection_number"),
    (30, 352, 410, 392, "发动机号码", "engine_number"),
    (410, 352, 886, 392, "车辆识别代号/\n车架号码", "vehicle_identification_number"),
    (30, 392, 560, 432, "价税合计", "total_chinese"),
    (560, 392, 886, 432, "小写", "total"),
    (30, 432, 560, 476, "销货单位名称", "seller_name"),
    (560, 432, 886, 476, "电话", "seller_phone"),
    (30, 476, 480, 516, "纳税人识别号", "seller_id"),
    (480, 476, 886, 516, "账号", "seller_account"),
    (30, 516, 480, 556, "地址", "seller_address"),
    (480, 516, 886, 556, "开户银行", "seller_bank"),
    (30, 556, 320, 606, "增值税税率\n或征收率", "tax_rate"),
    (320, 556, 600, 606, "增值税税额", "tax"),
    (600, 556, 886, 606, "主管税务\n机关代码", "tax_authority_code"),
    (30, 606, 320, 650, "不含税价", "tax_exclusive_price"),
    (320, 606, 640, 650, "完税凭证号码", "tax_payment_receipt"),
    (640, 606, 763, 650, "吨位", "tonnage"),
    (763, 606, 886, 650, "限乘人数", "seating_capacity"),
    (30, 650, 480, 694, "主管税务机关", "tax_authority"),
    (480, 650, 886, 694, "备注", "remark"),
)
NARROW: Mapping[str, int] = {"吨位": 56, "限乘人数": 84, "小写": 70, "电话": 70, "账号": 70, "产地": 70, "备注": 70}


def draw_mvs_invoice(c: Canvas, f: Fields) -> None:
    """Heading with the oval seal, machine-printed numbers left, a ruled form of forty cells."""
    c.paper("#fbfaf7", "#eae6de", step=34)
    c.watermark(460, 430, "SPECIMEN 样本", 104, fill="#eeebe3")
    c.spaced(250, 46, "机动车销售统一发票", 36, 400, face="serif-bold", fill=BROWN)
    c.oval_seal(450, 108, ("样本监制章", "SPECIMEN"))
    c.badge(40, 44, size=19)
    c.field(40, 88, "开票日期", text(f, "issue_date"), 20, label_fill=BROWN)
    c.text(610, 84, "发票代码", 19, fill=BROWN)
    c.text(700, 84, text(f, "code"), 23)
    c.text(610, 116, "发票号码", 19, fill=BROWN)
    c.text(700, 116, text(f, "number"), 23)
    c.box(30, 152, 200, 216, outline=BROWN)
    for y, label, name in (
        (164, "机打代码", "machine_printed_code"),
        (184, "机打号码", "machine_printed_number"),
        (204, "机器编号", "machine_number"),
    ):
        c.text(36, y, label, 13, fill=BROWN)
        c.text(94, y, text(f, name), 15)
    for x0, y0, x1, y1, label, name in MVS_CELLS:
        value = _mvs_buyer(f) if name == "buyer" else text(f, name)
        wide = NARROW.get(label, 150 if name == "buyer" else 112)
        c.cell(x0, y0, x1, y1, label, value, label_width=wide, size=17, line=BROWN, label_fill=BROWN)
    c.box(30, 152, 886, 694, outline=BROWN, width=2)
    c.text(40, 726, "销货单位盖章", 19, fill=BROWN)
    c.seal(560, 738, 52, "虚构汽车销售样本", "样本")
    c.field(220, 726, "开票人", text(f, "drawer_name"), 19, label_fill=BROWN)
    c.text(640, 726, "备注：一车一票", 19, fill=BROWN)
    c.text(40, 772, "样本票据 虚构信息 SPECIMEN ONLY", 19, fill=RED)


def _mvs_buyer(f: Fields) -> str:
    return f"{text(f, 'buyer_name')} {text(f, 'buyer_organization_number')}"


INVOICES = (
    Document("vat_invoice", None, 1300, 820, VAT_FIELDS, draw_vat_invoice, (980, 30), (926, 350)),
    Document("mvs_invoice", None, 1280, 800, MVS_FIELDS, draw_mvs_invoice, (960, 30), (920, 350)),
)
