"""Papers of a journey in mainland China: itinerary, train ticket, taxi, toll and fixed-amount receipts, a bank card."""

from __future__ import annotations

from conformance.specimens.canvas import RED, Canvas, Colour
from conformance.specimens.specimen import Document, Fields, rows, text

BLUE: Colour = "#1f4f86"

FLIGHT_FIELDS: Fields = {
    "serial_number": "00000041755",
    "passenger_name": "YANGBEN/JIA",
    "id_number": "990000199002140005",
    "endorsements_restrictions": "Q/不得签转/样本客票",
    "order_number": "YB0417",
    "fare": "CNY 1460.00",
    "caac_development_fund": "CN 100.00",
    "fuel_surcharge": "YQ 60.00",
    "other_taxes": "XT 20.00",
    "total": "CNY 1640.00",
    "e_ticket_number": "000-0000041755",
    "check_code": "0417",
    "reference_information": "样本00客运提示",
    "insurance": "XXX",
    "agent_code": "YBN000 00000417",
    "issue_organization": "样本市虚构航空票务有限公司",
    "issue_date": "2026-03-13",
    "itinerary_list": [
        {
            "departure_station": "T2样本",
            "destination_station": "虚构",
            "carrier": "样航",
            "flight": "YB0041",
            "cabin_class": "Y",
            "date": "2026-03-20",
            "time": "08:35",
            "fare_basis": "YB01",
            "effective_date": "2026-03-20",
            "expiry_date": "2026-09-20",
            "baggage_allowance": "20K",
        },
        {
            "departure_station": "T1虚构",
            "destination_station": "样本",
            "carrier": "样航",
            "flight": "YB0042",
            "cabin_class": "V",
            "date": "2026-03-27",
            "time": "19:10",
            "fare_basis": "VB01",
            "effective_date": "2026-03-27",
            "expiry_date": "2026-09-27",
            "baggage_allowance": "20K",
        },
    ],
    "international_flag": "国内",
}

COLUMNS = (
    (126, "承运人", "CARRIER", "carrier"),
    (196, "航班号", "FLIGHT", "flight"),
    (290, "座位等级", "CLASS", "cabin_class"),
    (366, "日期", "DATE", "date"),
    (486, "时间", "TIME", "time"),
    (560, "客票类别", "FARE BASIS", "fare_basis"),
    (662, "生效日期", "NOT BEFORE", "effective_date"),
    (780, "截止日期", "NOT AFTER", "expiry_date"),
    (896, "免费行李", "ALLOW", "baggage_allowance"),
)

SUMS = (
    (120, "票价", "FARE", "fare"),
    (274, "民航发展基金", "CAAC FUND", "caac_development_fund"),
    (430, "燃油附加费", "FUEL SURCHARGE", "fuel_surcharge"),
    (584, "其他税费", "OTHER TAXES", "other_taxes"),
    (738, "合计", "TOTAL", "total"),
)


def draw_flight_itinerary(c: Canvas, f: Fields) -> None:
    """The wide receipt: passenger, coupons from station to station, sums, ticket number, issuer."""
    c.paper("#f2f7fb", "#dbe7f2", step=34)
    c.watermark(480, 350, "SPECIMEN 样本", 104, fill="#e3edf5")
    c.text(480, 36, "航空运输电子客票行程单", 32, face="serif-bold", fill=BLUE, anchor="mm")
    c.text(480, 70, "ITINERARY/RECEIPT OF E-TICKET FOR AIR TRANSPORT", 18, face="serif", fill=BLUE, anchor="mm")
    c.badge(30, 40)
    c.text(744, 36, text(f, "international_flag"), 20, fill=BLUE)
    c.text(744, 70, "印刷序号 SERIAL NUMBER", 14, fill=BLUE)
    c.text(744, 94, text(f, "serial_number"), 22)
    c.box(24, 112, 976, 640, outline=BLUE, width=2)
    heads = (
        (34, "旅客姓名 NAME OF PASSENGER", "passenger_name"),
        (320, "有效身份证件号码 ID.NO.", "id_number"),
        (620, "签注 ENDORSEMENTS/RESTRICTIONS", "endorsements_restrictions"),
    )
    for x, label, name in heads:
        c.text(x, 128, label, 15, fill=BLUE)
        c.text(x, 154, text(f, name), 22)
    c.rule(24, 174, 976, 174, fill=BLUE)
    _coupons(c, f)
    for x, label, english, name in SUMS:
        c.text(x, 444, label, 17, fill=BLUE)
        c.text(x, 464, english, 14, fill=BLUE)
        c.text(x, 490, text(f, name), 21)
    c.rule(24, 510, 976, 510, fill=BLUE)
    _foot(c, f)


def _coupons(c: Canvas, f: Fields) -> None:
    c.field(34, 192, "订单号", text(f, "order_number"), 19, label_fill=BLUE)
    for x, label, english, _ in COLUMNS:
        c.text(x, 214, label, 16, fill=BLUE)
        c.text(x, 233, english, 13, fill=BLUE)
    coupons = rows(f, "itinerary_list")
    for index, coupon in enumerate(coupons):
        y = 276 + index * 74
        c.text(34, y - 8, "自 FROM" if index == 0 else "至 TO", 14, fill=BLUE)
        c.text(34, y + 16, coupon["departure_station"], 22)
        for x, _, _, name in COLUMNS:
            c.text(x, y + 16, coupon[name], 20)
        c.rule(24, y + 36, 976, y + 36, fill="#b7cde0")
    c.text(34, 276 + len(coupons) * 74 - 20, "至 TO", 14, fill=BLUE)
    c.text(90, 276 + len(coupons) * 74 - 20, coupons[-1]["destination_station"], 22)
    c.rule(24, 426, 976, 426, fill=BLUE)


def _foot(c: Canvas, f: Fields) -> None:
    cells = (
        (34, 528, "电子客票号码 E-TICKET NO.", "e_ticket_number"),
        (280, 528, "验证码 CK.", "check_code"),
        (400, 528, "提示信息 INFORMATION", "reference_information"),
        (700, 528, "保险费 INSURANCE", "insurance"),
        (34, 594, "销售单位代号 AGENT CODE", "agent_code"),
        (280, 594, "填开单位 ISSUED BY", "issue_organization"),
        (700, 594, "填开日期 DATE OF ISSUE", "issue_date"),
    )
    for x, y, label, name in cells:
        c.text(x, y, label, 14, fill=BLUE)
        c.text(x, y + 26, text(f, name), 21)
    c.rule(24, 576, 976, 576, fill=BLUE)
    c.text(30, 676, "样本行程单 不得乘机报销 SPECIMEN ONLY", 18, fill=RED)


BANK_FIELDS: Fields = {
    "bank_name": "样本银行",
    "card_number": "9999 0000 0417 5555",
    "issue_date": "03/21",
    "expiry_date": "03/31",
    "type": "储蓄卡",
}


def draw_bankcard(c: Canvas, f: Fields) -> None:
    """The plastic card: bank and kind above, chip, large number, validity below."""
    c.box(0, 0, c.width - 1, c.height - 1, outline=None, fill="#bcd3ea")
    for index in range(0, 1600, 60):
        c.rule(index - 500, c.height, index, 0, fill="#aecae5", width=24)
    c.watermark(330, 330, "SPECIMEN 样本", 76, fill="#a9c5e1")
    c.disc(74, 74, 34, fill=RED)
    c.text(74, 74, "样", 34, face="serif-bold", fill="white", anchor="mm")
    c.text(126, 60, text(f, "bank_name"), 36, face="sans-bold")
    c.text(126, 98, "SPECIMEN BANK", 20)
    c.text(640, 60, text(f, "type"), 30, anchor="rm")
    c.text(640, 98, "DEBIT CARD", 18, anchor="rm")
    c.box(60, 180, 158, 254, fill="#e2c46a", outline="#8a6d22", width=2, radius=10)
    for x in (92, 126):
        c.rule(x, 180, x, 254, fill="#8a6d22")
    for y in (205, 230):
        c.rule(60, y, 158, y, fill="#8a6d22")
    c.badge(420, 216, size=22)
    c.text(48, 346, text(f, "card_number"), 52, face="mono-bold", fit=600)
    for x, label, name in ((60, "VALID FROM", "issue_date"), (300, "VALID THRU", "expiry_date")):
        c.text(x, 440, label, 17)
        c.text(x + 122, 440, text(f, name), 34, face="mono-bold")
    c.text(48, 530, "YANGBEN JIA", 32, face="mono")
    c.text(48, 596, "样本卡片 虚构号码 NOT A REAL CARD", 20, fill=RED)


FLIGHT_AND_BANK = (
    Document("flight_itinerary", None, 1350, 726, FLIGHT_FIELDS, draw_flight_itinerary, (1020, 30), (1004, 376)),
    Document("bankcard", None, 1010, 640, BANK_FIELDS, draw_bankcard, (724, 40), (750, 360)),
)


BLUE_PAPER: Colour = "#e3f0f6"
BROWN: Colour = "#8a4b2a"
GREEN: Colour = "#2d6a4a"

TRAIN_FIELDS: Fields = {
    "ticket_id": "S000417",
    "check_port": "B3",
    "train_number": "G9908",
    "departure_station": "样本东",
    "destination_station": "虚构南",
    "departure_station_en": "Yangbendong",
    "destination_station_en": "Xugounan",
    "departure_time": "2026年03月08日09:15",
    "seat_number": "05车11C号",
    "ticket_price": "128.5元",
    "sale_method": "网",
    "seat_category": "二等座",
    "ticket_changing": "No",
    "id_number": "9900001990****0000",
    "name": "样本甲",
    "log_id": "99000300170308S000417",
    "sale_location": "样本东",
    "invoice_style": "paper",
}


def draw_train_ticket(c: Canvas, f: Fields) -> None:
    """The blue magnetic ticket: stations left and right of the train number, voucher frame at the foot."""
    c.paper(BLUE_PAPER, "#cfe3ee")
    c.watermark(330, 300, "SPECIMEN 样本", 76, fill="#d3e5ee")
    c.pen.rectangle((0, c.height - 40, c.width, c.height), fill="#a9cfe0")
    c.text(34, 44, text(f, "ticket_id"), 34, face="sans-bold", fill=RED)
    c.badge(226, 44)
    c.text(610, 44, "检票：" + text(f, "check_port"), 26, anchor="rm")
    for x, name, english in ((40, "departure_station", "departure_station_en"), (424, *_TO)):
        end = c.text(x, 112, text(f, name), 42, face="sans-bold")
        c.text(end + 6, 118, "站", 26)
        c.text(x + 20, 158, text(f, english), 24)
    c.text(315, 100, text(f, "train_number"), 36, anchor="mm")
    c.rule(246, 126, 384, 126, width=2)
    c.pen.polygon([(384, 120), (400, 126), (384, 132)], fill="black")
    c.text(40, 208, text(f, "departure_time") + "开", 28)
    c.text(430, 208, text(f, "seat_number"), 28)
    c.text(40, 256, "￥" + text(f, "ticket_price"), 30)
    c.text(268, 256, text(f, "sale_method"), 24)
    c.pen.ellipse((262, 240, 298, 272), outline="black", width=2)
    c.text(430, 256, text(f, "seat_category"), 28)
    c.text(40, 302, "限乘当日当次车", 24)
    c.text(40, 346, text(f, "id_number") + "  " + text(f, "name"), 28)
    for x in range(60, 560, 14):
        c.rule(x, 378, x + 8, 378)
        c.rule(x, 458, x + 8, 458)
    c.text(310, 402, "报销凭证 遗失不补", 22, anchor="mm")
    c.text(310, 434, "样本车票 不得乘车 SPECIMEN ONLY", 20, anchor="mm")
    c.text(34, c.height - 20, text(f, "log_id"), 24)
    c.text(394, c.height - 20, text(f, "sale_location") + "售", 24)


_TO = ("destination_station", "destination_station_en")

TAXI_FIELDS: Fields = {
    "location": "样本省样本市",
    "code": "099001900417",
    "number": "00004175",
    "phone_number": "000-00000000",
    "company": "样本市虚构出租汽车公司",
    "taxi_number": "X·Y0000",
    "certificate_number": "000417",
    "identification_number": "990000417",
    "date": "2026-03-09",
    "boarding_time": "14:07",
    "alighting_time": "14:38",
    "time": "14:07-14:38",
    "unit_price": "￥2.40",
    "distance": "11.3",
    "waiting_time": "00:04:20",
    "fare": "￥31.00",
    "fuel_oil_surcharge": "￥1.00",
    "call_service_surcharge": "￥4.00",
    "total": "￥36.00",
}

TAXI_ROWS = (
    ("单位", "company"),
    ("电话", "phone_number"),
    ("车号", "taxi_number"),
    ("证号", "certificate_number"),
    ("识别编号", "identification_number"),
    ("日期", "date"),
    ("上车", "boarding_time"),
    ("下车", "alighting_time"),
    ("时间", "time"),
    ("单价", "unit_price"),
    ("里程", "distance"),
    ("等候", "waiting_time"),
    ("金额", "fare"),
    ("燃油附加费", "fuel_oil_surcharge"),
    ("电调费", "call_service_surcharge"),
    ("实收金额", "total"),
)


def draw_taxi_invoice(c: Canvas, f: Fields) -> None:
    """The narrow roll receipt: printed head in brown, meter print below."""
    c.paper("#fbf3e6", "#f2e2c8")
    c.watermark(195, 480, "SPECIMEN", 72, fill="#f3e6d0", turn=56)
    c.text(195, 42, text(f, "location"), 26, face="serif-bold", fill=BROWN, anchor="mm")
    c.text(195, 80, "出租汽车专用发票", 30, face="serif-bold", fill=BROWN, anchor="mm")
    c.text(195, 114, "发 票 联", 22, face="serif", fill=RED, anchor="mm")
    c.badge(92, 150, size=19)
    c.field(24, 192, "发票代码", text(f, "code"), 23, label_fill=BROWN, at=150)
    c.field(24, 224, "发票号码", text(f, "number"), 23, label_fill=BROWN, at=150)
    c.rule(20, 244, 370, 244, fill=BROWN)
    for index, (label, name) in enumerate(TAXI_ROWS):
        y = 266 + index * 31
        c.spaced(24, y, label, 21, 106, fill=BROWN)
        c.text(150, y, text(f, name), 22, fit=222)
    c.rule(20, 762, 370, 762, fill=BROWN)
    c.text(195, 784, "手写无效 样本不得报销", 19, fill=BROWN, anchor="mm")


QUOTA_FIELDS: Fields = {
    "number": "00041755",
    "code": "199001900417",
    "location": "样本省样本市",
    "amount": "￥50.00",
}


def draw_quota_invoice(c: Canvas, f: Fields) -> None:
    """The fixed-amount receipt: heading, supervision seal, the amount large in the middle."""
    c.paper("#f3f8ee", "#dcebd2")
    c.watermark(320, 300, "SPECIMEN 样本", 72, fill="#e3efda")
    c.box(14, 14, c.width - 15, c.height - 15, outline=GREEN, width=3)
    c.box(20, 20, c.width - 21, c.height - 21, outline=GREEN)
    c.text(322, 62, text(f, "location") + "通用定额发票", 34, face="serif-bold", fill=GREEN, anchor="mm")
    c.oval_seal(322, 116, ("样本监制章", "SPECIMEN"))
    c.text(322, 172, "发  票  联", 26, face="serif", fill=GREEN, anchor="mm")
    c.field(44, 222, "发票代码", text(f, "code"), 28, label_fill=GREEN, at=190)
    c.field(44, 264, "发票号码", text(f, "number"), 28, label_fill=RED, at=190)
    c.text(322, 332, "伍拾元整", 54, face="serif-bold", fill=GREEN, anchor="mm")
    c.text(322, 396, text(f, "amount"), 40, face="sans-bold", anchor="mm")
    c.field(44, 452, "收款单位（盖章有效）：", "", 21, label_fill=GREEN)
    c.field(44, 490, "开票日期：", "年    月    日", 21, label_fill=GREEN)
    c.badge(400, 470)


TOLL_FIELDS: Fields = {
    "code": "299001900417",
    "number": "00417556",
    "entry": "样本北站",
    "exit": "虚构西站",
    "amount": "45",
    "cashier": "0417",
    "vehicle_type": "客1",
    "date": "2026-03-10",
    "time": "17:42:36",
}


def draw_toll_invoice(c: Canvas, f: Fields) -> None:
    """The motorway receipt: a small slip with the supervision seal at its head."""
    c.paper("#f7f4fb", "#e6dff0")
    c.watermark(222, 380, "SPECIMEN", 72, fill="#ece6f4", turn=50)
    purple: Colour = "#5c3d7a"
    c.text(222, 40, "样本省车辆通行费", 30, face="serif-bold", fill=purple, anchor="mm")
    c.text(222, 78, "通用机打发票", 26, face="serif-bold", fill=purple, anchor="mm")
    c.text(222, 110, "发 票 联", 21, face="serif", fill=RED, anchor="mm")
    c.badge(120, 148, size=20)
    labels = (
        ("发票代码", "code"),
        ("发票号码", "number"),
        ("入口", "entry"),
        ("出口", "exit"),
        ("车型", "vehicle_type"),
        ("收费金额", "amount"),
        ("收费员", "cashier"),
        ("日期", "date"),
        ("时间", "time"),
    )
    for index, (label, name) in enumerate(labels):
        y = 198 + index * 42
        c.spaced(40, y, label, 25, 120, fill=purple)
        unit = "元" if name == "amount" else ""
        c.text(184, y, text(f, name) + unit, 27)
    c.text(222, 580, "样本票据 不得报销", 20, fill=purple, anchor="mm")


RAIL_AND_ROAD = (
    Document("train_ticket", None, 980, 590, TRAIN_FIELDS, draw_train_ticket, (700, 28), (700, 302)),
    Document("taxi_invoice", None, 740, 810, TAXI_FIELDS, draw_taxi_invoice, (440, 40), (440, 400)),
    Document("quota_invoice", None, 930, 560, QUOTA_FIELDS, draw_quota_invoice, (650, 40), (690, 340)),
    Document("toll_invoice", None, 740, 610, TOLL_FIELDS, draw_toll_invoice, (456, 40), (486, 350)),
)
