"""Places for slow requests: few in all, fewer for one tenant, and none is lost."""

import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.contracts.refusals import Refusal
from libs.lookup.slots import Slots
from services.ingest.http.streams import Streamed

TENANTS = [uuid.UUID(int=number) for number in range(3)]


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(TENANTS)), max_size=40))
@settings(deadline=None, max_examples=60)
def test_never_more_are_held_than_there_are(steps: list[tuple[bool, uuid.UUID]]) -> None:
    slots = Slots(4, 2)
    held = dict.fromkeys(TENANTS, 0)
    for takes, tenant in steps:
        if takes:
            free = sum(held.values()) < 4 and held[tenant] < 2
            assert slots.take(tenant) is free
            held[tenant] += free
        elif held[tenant]:
            slots.give_back(tenant)
            held[tenant] -= 1


def test_a_stream_gives_its_place_back_once_however_it_ends() -> None:
    slots = Slots(2, 1)
    first = Streamed(slots, TENANTS[0])
    with pytest.raises(Refusal, match="TOO_MANY_STREAMS"):
        Streamed(slots, TENANTS[0])
    first.close()
    first.close()
    second = Streamed(slots, TENANTS[0])
    del second  # nobody has sent it
    third = Streamed(slots, TENANTS[0])
    assert not slots.take(TENANTS[0])
    third.close()
