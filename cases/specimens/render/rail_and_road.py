"""Travel receipts of mainland China: train ticket, taxi receipt, quota receipt and toll receipt."""

from cases.specimens.render.canvas import RED, Canvas, Colour
from cases.specimens.render.documents import Document, Fields, text

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


DOCUMENTS = (
    Document("train_ticket", None, 980, 590, TRAIN_FIELDS, draw_train_ticket, (700, 28), (700, 302)),
    Document("taxi_invoice", None, 740, 810, TAXI_FIELDS, draw_taxi_invoice, (440, 40), (440, 400)),
    Document("quota_invoice", None, 930, 560, QUOTA_FIELDS, draw_quota_invoice, (650, 40), (690, 340)),
    Document("toll_invoice", None, 740, 610, TOLL_FIELDS, draw_toll_invoice, (456, 40), (486, 350)),
)
