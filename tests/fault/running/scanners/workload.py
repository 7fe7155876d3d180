"""What the scanners of a run post: a batch follows from the seed, its scanner and its number, and from nothing else.

Each record carries a marker, `<run>/<batch>/<index>`, in a text field, so that a row in the database can be traced to
the one record that it comes from, and a record that was written twice shows although it brought no id.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from tests.system.samples import ACTIVITY, CATEGORY, KINDS, RECIPIENT, TRANSFER, Json, Kind

MARKER_FIELD = {
    ACTIVITY.name: "purpose_en",
    CATEGORY.name: "description_en",
    RECIPIENT.name: "contact",
    TRANSFER.name: "purpose_en",
}
LINKS = {
    "data_category_ids": (CATEGORY, "activity_data_category"),
    "recipient_ids": (RECIPIENT, "activity_recipient"),
    "transfer_ids": (TRANSFER, "activity_transfer"),
}
"""The lists of an activity: what they refer to, and the table of the links."""
BASE_RECORDS = 12
POOL = 40
"""Records of a tenant and kind that upserts, and as many that ignoring batches, fight about."""
SIZES = (1, 3, 12, 30, 55)
NAMINGS = ("own", "external", "nothing")
LANES = ("high", "normal", "normal", "low")
VALIDATION = frozenset({"REQUIRED"})


@dataclass(frozen=True)
class Item:
    """A record as it is posted, and the code of the error that it must get; without one it must be written."""

    body: Json
    error: str = ""


@dataclass(frozen=True)
class Batch:
    """One request of a scanner."""

    name: str
    tenant: uuid.UUID
    kind: Kind
    items: tuple[Item, ...]
    mode: str = "insert"
    on_error: str = "continue"
    lane: str = "normal"
    wait_s: int = 0
    """How long the scanner waits for the write; 0: the batch is posted in the background."""
    key: str = ""
    cancel: bool = False
    dry_run: bool = False

    @cached_property
    def faulty(self) -> dict[int, str]:
        """By index: the error that a record must get."""
        return {index: item.error for index, item in enumerate(self.items) if item.error}

    @cached_property
    def refused_at_once(self) -> set[int]:
        """The records that validation refuses; the others are found out by the writer."""
        return {index for index, error in self.faulty.items() if error in VALIDATION}

    @property
    def aborts(self) -> bool:
        """Whether nothing of the batch may be written."""
        return self.on_error == "abort" and bool(self.faulty)

    @property
    def pool(self) -> str:
        """The first part of the external ids that the batch shares with others; empty where it shares none."""
        return "" if self.mode == "insert" else f"{self.mode}-"


@dataclass(frozen=True)
class Workload:
    """All batches of a run."""

    run: str
    seed: str
    scanners: int = 4
    failing: bool = True
    """Whether some batches are made to fail as a whole, or are cancelled."""
    waiting: bool = True
    """Whether some batches are waited for."""
    keyed: bool = True
    """Whether some batches have an Idempotency-Key, so that they are sent again until they are taken."""
    sizes: tuple[int, ...] = SIZES
    tenants: tuple[uuid.UUID, ...] = field(default=())

    @classmethod
    def of(cls, seed: str, *, tenants: int = 3, **options: object) -> "Workload":
        """The workload of a seed; its tenants and its run's name are new each time, so that stacks can be shared."""
        run = uuid.uuid4().hex[:8]
        names = tuple(uuid.uuid5(uuid.NAMESPACE_URL, f"{run}/{seed}/{number}") for number in range(tenants))
        return cls(run, seed, tenants=names, **options)  # type: ignore[arg-type]

    def base(self) -> Iterator[Batch]:
        """What must be there before the others can refer to it."""
        for number, tenant in enumerate(self.tenants):
            for kind in KINDS:
                name = f"base-{number}-{kind.name}"
                items = tuple(
                    Item(
                        kind.full(
                            **{kind.id_field: self.base_id(tenant, kind, place), "external_id": f"base-{place}"},
                            **{MARKER_FIELD[kind.name]: self.marker(name, place)},
                        )
                    )
                    for place in range(BASE_RECORDS)
                )
                yield Batch(name, tenant, kind, items, wait_s=30, key=f"{self.run}-{name}")

    def base_id(self, tenant: uuid.UUID, kind: Kind, place: int) -> str:
        """The id of a record of the base."""
        return str(uuid.uuid5(tenant, f"{kind.name}/{place}"))

    def marker(self, batch: str, index: int) -> str:
        """What names a record for ever."""
        return f"{self.run}/{batch}/{index}"

    def find(self, name: str) -> Batch:
        """The batch of that name."""
        scanner, _, number = name.partition("-")
        return self._base[name] if scanner == "base" else self.batch(int(scanner), int(number))

    @cached_property
    def _base(self) -> dict[str, Batch]:
        return {batch.name: batch for batch in self.base()}

    @lru_cache(maxsize=4_096)  # noqa: B019 -- a workload lives as long as its run
    def batch(self, scanner: int, number: int) -> Batch:
        """The batch of a scanner with this number."""
        return _Draft(self, scanner, number).batch()


class _Draft:
    """Draws one batch."""

    def __init__(self, workload: Workload, scanner: int, number: int) -> None:
        self._workload = workload
        self._random = random.Random(f"{workload.seed}/{scanner}/{number}")
        self._name = f"{scanner}-{number}"
        self._tenant = self._random.choice(workload.tenants)
        self._kind = self._random.choices(KINDS, (5, 1, 2, 1))[0]
        self._mode = self._random.choices(("insert", "upsert", "ignore"), (7, 2, 1))[0]

    def batch(self) -> Batch:
        """The batch."""
        chance = self._random.random
        failing = self._workload.failing
        size = self._random.choice(self._workload.sizes)
        share = self._random.choice((0.0, 0.0, 0.0, 0.1, 0.4))
        # A batch of which no record is good is answered with a refusal; that has tests of its own.
        items = [self._item(0, faulty=False), *(self._item(place, faulty=chance() < share) for place in range(1, size))]
        abort = chance() < 0.15 and (failing or not any(item.error for item in items))
        waits = chance() < 0.35 and self._workload.waiting
        dry_run = waits and chance() < 0.1
        return Batch(
            name=self._name,
            tenant=self._tenant,
            kind=self._kind,
            items=tuple(items),
            mode=self._mode,
            on_error="abort" if abort else "continue",
            lane=self._random.choice(LANES),
            wait_s=self._random.randint(1, 4) if waits else 0,
            key=f"{self._workload.run}-{self._name}" if chance() < 0.6 and not dry_run and self._workload.keyed else "",
            cancel=failing and not (abort or waits or dry_run) and chance() < 0.06,
            dry_run=dry_run,
        )

    @cached_property
    def _naming(self) -> str:
        return self._random.choice(NAMINGS)

    @cached_property
    def _places(self) -> list[int]:
        """Which records of the pool a batch of upserts means; each one once."""
        return self._random.sample(range(POOL * 2), POOL * 2)

    @cached_property
    def _taken(self) -> list[int]:
        """Records of the base whose names a faulty record may take; each one once."""
        return self._random.sample(range(BASE_RECORDS), BASE_RECORDS)

    def _item(self, place: int, *, faulty: bool) -> Item:
        kind, mark = self._kind, MARKER_FIELD[self._kind.name]
        body = kind.full(**{mark: self._workload.marker(self._name, place)})
        if self._mode != "insert":
            body["external_id"] = f"{self._mode}-{self._places[place]}"
        elif self._naming == "own":
            body[kind.id_field] = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        elif self._naming == "external":
            body["external_id"] = f"{self._name}/{place}"
        if kind is ACTIVITY:
            self._link(body)
        return self._spoilt(body) if faulty else Item(body)

    def _link(self, body: Json) -> None:
        for member, (target, _) in LINKS.items():
            ids = [self._workload.base_id(self._tenant, target, place) for place in range(BASE_RECORDS)]
            if self._random.random() < 0.5:
                body[member] = self._random.choices(ids, k=self._random.randint(1, 4))

    def _spoilt(self, body: Json) -> Item:
        choices = ["REQUIRED"]
        if self._kind is ACTIVITY:
            choices.append("REFERENCE_UNKNOWN")
        if self._mode == "insert":
            choices += ["EXTERNAL_ID_EXISTS", "ID_EXISTS"]
        error = self._random.choice(choices) if self._taken else "REQUIRED"
        match error:
            case "REQUIRED":
                del body[next(iter(self._kind.required))]
            case "REFERENCE_UNKNOWN":
                stranger = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
                body["recipient_ids"] = [*body.get("recipient_ids", []), stranger]
            case "EXTERNAL_ID_EXISTS":
                body["external_id"] = f"base-{self._taken.pop()}"
            case "ID_EXISTS":
                body[self._kind.id_field] = self._workload.base_id(self._tenant, self._kind, self._taken.pop())
        return Item(body, error)
