"""The workloads.

A  generated Vietnamese processing activities, each with two of 20 categories and one of 200 recipients, one tenant
   and as many more in mode upsert, which is how scanners send what they have found for the first time
B  the public register in deploy/local/gvl, once under each of many tenants: about 7 links a record, a third rejected
C  B again under the same tenants in mode upsert: over what was inserted, unchanged, with every tenth record changed
"""

import gzip
import itertools
import random
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from tests.benchmarks.batches import Batch, Json, Pass, Workload, encode, tenant_named
from tests.benchmarks.sizes import BATCH

REGISTER = Path(__file__).parents[2] / "deploy" / "local" / "gvl"
CHANGED_EVERY = 10

SUBJECTS = ("khách hàng", "nhân viên", "ứng viên", "nhà cung cấp", "học viên", "bệnh nhân", "người dùng ứng dụng")
ACTIONS = ("Quản lý hồ sơ", "Tính lương", "Chăm sóc", "Gửi thông báo tới", "Xác minh danh tính", "Phân tích hành vi")
REASONS = (
    "Thực hiện hợp đồng cung cấp dịch vụ và chăm sóc sau bán hàng",
    "Tuân thủ nghĩa vụ báo cáo với cơ quan quản lý nhà nước",
    "Nâng cao chất lượng dịch vụ trên cơ sở sự đồng ý của chủ thể dữ liệu",
    "Bảo đảm an toàn thông tin và phòng chống gian lận",
)
SOURCES = ("Biểu mẫu trực tuyến", "Hệ thống CRM", "Hợp đồng giấy được số hóa", "Ứng dụng di động")
BASES = ("consent", "contract", "legal_obligation", "public_authority")


def generated(
    records: int, batch: int = BATCH, *, seed: int = 1, named: bool = True, upserts: bool = False
) -> Workload:
    """Workload A, and the `upserts` that come after it, where they are wanted.

    Another seed gives other external ids; without them (`named`) a body may be sent again and again.
    """
    dice = random.Random(seed)
    categories = [
        {"data_category_id": str(uuid.UUID(int=dice.getrandbits(128), version=4)), "name_vi": f"Nhóm dữ liệu {n}",
         "category_type": "sensitive" if n % 4 == 0 else "basic"}
        for n in range(20)
    ]  # fmt: skip
    recipients = [
        {"recipient_id": str(uuid.UUID(int=dice.getrandbits(128), version=4)), "name_vi": f"Công ty Đối tác số {n}",
         "recipient_type": "processor", "country_code": "VN"}
        for n in range(200)
    ]  # fmt: skip
    make = _maker(dice, [c["data_category_id"] for c in categories], [r["recipient_id"] for r in recipients])
    tenant = tenant_named("A")
    sizes = [min(batch, records - first) for first in range(0, records, batch)]
    numbers = itertools.count()

    def activity() -> Json:
        number = next(numbers)
        return {"external_id": f"scan-{seed}-{number:08d}" if named else None, **make(number)}

    def sent(name: str, mode: str) -> Pass:
        bodies = (encode([activity() for _ in range(size)]) for size in sizes)
        return Pass(
            name, mode, tuple(Batch(tenant, body, size, size) for body, size in zip(bodies, sizes, strict=True))
        )

    passes = [sent("A", "insert")] + ([sent("A first upsert", "upsert")] if upserts else [])
    return Workload("A", categories, recipients, tuple(passes))


def _maker(dice: random.Random, categories: list[str], recipients: list[str]) -> Callable[[int], Json]:
    def make(number: int) -> Json:
        subject = dice.choice(SUBJECTS)
        return {
            "activity_name_vi": f"{dice.choice(ACTIONS)} {subject} số {number}",
            "activity_name_en": f"Processing activity {number}",
            "purpose_vi": f"{dice.choice(REASONS)} ({subject})",
            "purpose_en": "Performance of a contract and customer care",
            "legal_basis": dice.choice(BASES),
            "data_source_vi": dice.choice(SOURCES),
            "data_source_en": "Online form",
            "retention_period_months": dice.randint(1, 120),
            "has_automated_decision_making": dice.random() < 0.1,
            "requires_dpia": dice.random() < 0.3,
            "data_category_ids": dice.sample(categories, 2),
            "recipient_ids": [dice.choice(recipients)],
        }

    return make


def register(records: int) -> Workload:
    """Workloads B and C, for so many tenants that about `records` records are sent in each pass."""
    activities = list(_lines("processing-activities"))
    valid = sum(map(_is_valid, activities))
    changed = [_changed(a) if n % CHANGED_EVERY == 0 and _is_valid(a) else a for n, a in enumerate(activities)]
    bodies = encode(activities), encode(changed)
    tenants = [tenant_named(f"B{n}") for n in range(max(1, round(records / len(activities))))]

    def sent(name: str, mode: str, body: bytes) -> Pass:
        return Pass(name, mode, tuple(Batch(tenant, body, len(activities), valid) for tenant in tenants))

    passes = (
        sent("B", "insert", bodies[0]),
        sent("C over inserts", "upsert", bodies[0]),
        sent("C unchanged", "upsert", bodies[0]),
        sent("C changed", "upsert", bodies[1]),
    )
    return Workload("B", list(_lines("data-categories")), list(_lines("recipients")), passes)


def _is_valid(activity: Json) -> bool:
    return bool(activity["legal_basis"] != "legitimate_interest")


def _changed(activity: Json) -> Json:
    months = (activity["retention_period_months"] or 0) + 1
    return {**activity, "retention_period_months": months, "data_category_ids": activity["data_category_ids"][:-1]}


def _lines(name: str) -> Iterator[Json]:
    for line in gzip.decompress((REGISTER / f"{name}.ndjson.gz").read_bytes()).splitlines():
        yield msgspec.json.decode(line)
