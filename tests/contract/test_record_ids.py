"""The ids of records that came without one: ordered in time and in the batch, and never the same twice."""

import uuid

from libs.contracts.chunks import IdMaker

EPOCH_MS = 1_800_000_000_000
INDEXES = [0, 1, 255, 256, 9_999, 65_536, IdMaker.MAX_INDEX]


def test_the_ids_of_many_jobs_of_one_millisecond_differ() -> None:
    # Jobs whose own ids differ in a bit only, and jobs whose ids are random.
    jobs = [uuid.UUID(int=number) for number in range(2_000)] + [uuid.uuid4() for _ in range(2_000)]
    makers = [IdMaker(job, EPOCH_MS) for job in jobs]

    assert len({made for maker in makers for made in maker.all_bytes(INDEXES)}) == len(jobs) * len(INDEXES)


def test_ids_ascend_with_time_whatever_the_job() -> None:
    by_time = [IdMaker(uuid.uuid4(), EPOCH_MS + passed) for passed in range(200)]

    ids = [maker.text(index) for maker in by_time for index in INDEXES]

    assert ids == sorted(ids)
    assert [uuid.UUID(text).bytes for text in ids] == [made for maker in by_time for made in maker.all_bytes(INDEXES)]


def test_every_id_is_a_uuid_of_version_7() -> None:
    for index in INDEXES:
        value = uuid.UUID(bytes=IdMaker(uuid.uuid4(), EPOCH_MS).all_bytes([index])[0])
        assert (value.version, value.variant) == (7, uuid.RFC_4122)
        assert value.int >> 80 == EPOCH_MS
        assert value.int & IdMaker.MAX_INDEX == index
