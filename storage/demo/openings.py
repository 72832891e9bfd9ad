"""招聘信息, 求职信息 (H1, H2) of the demo: 滨州's, since only its manual has them. No employer, person or number here is real."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from storage.demo.names import EMPLOYERS, OF_REGION
from storage.ports.records import JobNotice

REGION = "binzhou"
_PLACES = ("滨城区", "沾化区", "邹平市", "惠民县", "博兴县", "无棣县", "阳信县", "高新区", "经济技术开发区")
_VACANCIES = (
    ("电焊工", "5000–7000元/月", 4),
    ("数控车床操作工", "5500–8000元/月", 3),
    ("质检员", "4200–5500元/月", 2),
    ("仓库管理员", "3800–4800元/月", 2),
    ("会计", "4000–6000元/月", 1),
    ("叉车司机", "4500–6000元/月", 3),
    ("货车司机（B2）", "7000–9000元/月", 5),
    ("厨师", "5000–8000元/月", 2),
    ("餐厅服务员", "3200–4200元/月", 6),
    ("保洁员", "2600–3200元/月", 4),
    ("纺织挡车工", "4500–6500元/月", 10),
    ("缝纫工", "4000–6500元/月", 8),
    ("设备维修电工", "5000–7500元/月", 2),
    ("软件测试工程师", "6000–9000元/月", 1),
    ("前端开发工程师", "7000–11000元/月", 2),
    ("客服专员", "3500–5000元/月", 5),
    ("行政文员", "3200–4200元/月", 1),
    ("人事专员", "3800–5200元/月", 1),
    ("物流调度员", "4000–5500元/月", 2),
    ("快递分拣员", "4500–6000元/月", 12),
    ("普工（包吃住）", "4500–6000元/月", 20),
    ("门卫（夜班）", "2800–3300元/月", 2),
    ("平面设计", "4000–6000元/月", 1),
    ("销售代表", "底薪3500元，另有提成", 6),
    ("养老护理员", "3800–5200元/月", 4),
    ("车间主任", "面议", 1),
)
_SEEKERS = (
    ("会计", "4000元/月以上", "王*"),
    ("电焊工", "6000元/月以上", "李*强"),
    ("仓库管理员", "4000元/月", "张*"),
    ("软件测试", "6000元/月", "刘*雨"),
    ("家政服务", "面议", "陈*芳"),
    ("货车司机", "7000元/月", "赵*军"),
    ("幼儿教师", "3500元/月", "孙*"),
    ("厨师", "6000元/月", "马*涛"),
    ("行政文员", "3500元/月", "周*婷"),
    ("电工", "5500元/月", "吴*"),
    ("养老护理员", "4000元/月", "郑*兰"),
    ("销售", "面议", "冯*"),
    ("缝纫工", "5000元/月", "杨*英"),
    ("保安", "3000元/月", "高*国"),
)


def vacancies(today: date) -> Iterator[JobNotice]:
    """招聘, the newest of yesterday, the oldest a month old."""
    places = OF_REGION[REGION]
    for number, (title, wage, headcount) in enumerate(_VACANCIES):
        employer = EMPLOYERS[places[number % len(places)]]
        yield JobNotice(
            0,
            REGION,
            "vacancy",
            title,
            _PLACES[number * 4 % len(_PLACES)],
            wage,
            today - timedelta(days=1 + number * 7 % 30),
            employer.name,
            headcount,
            f"示例电话 0543-000{number + 1:04d}",
        )


def seekers(today: date) -> Iterator[JobNotice]:
    """求职, names masked."""
    for number, (title, wage, who) in enumerate(_SEEKERS):
        place = _PLACES[number * 2 % len(_PLACES)]
        yield JobNotice(0, REGION, "seeker", title, place, wage, today - timedelta(days=1 + number * 5 % 21), who=who)
