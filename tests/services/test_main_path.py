"""The way of one document, through the services."""

import pytest

from boapp.domain.passes import Method
from boapp.domain.values import Value
from boapp.domain.workflow import Mode, Stage
from boapp.services.auditing import verify_project
from boapp.services.comparing import compare_waiting
from boapp.services.handover import hand_over
from boapp.services.resolving import lock_reading, mismatches, resolve
from tests.builders import House, add_project, key_document, receipt, take_in_pages


@pytest.mark.parametrize("mode", list(Mode))
def test_a_document_goes_from_intake_to_a_settled_record(any_house: House, mode: Mode) -> None:
    project = add_project(any_house, mode)
    (document,) = take_in_pages(any_house, project, 1)
    ann, bob, sue = (any_house.as_(code) for code in ("ann", "bob", "sue"))
    key_document(ann, project, document, receipt(total="9.00"))
    key_document(bob, project, document, receipt(total="9.80"), second=True)
    compare_waiting(sue, project)
    resolver = bob if mode is Mode.RELEASE else sue
    (mismatch,) = mismatches(resolver, project)
    reading = lock_reading(resolver, mismatch, Value.keyed("9.00"))
    resolve(resolver, mismatch, reading, Value.keyed("9.00"), "", Method.KEYED)
    compare_waiting(sue, project)
    (handed,) = hand_over(sue, project).documents
    assert {a.field: s.value.text for a, s in handed.record.items()} == receipt(total="9.00")
    assert handed.confirmed
    assert sue.shared.documents(project)[0].stage is Stage.SETTLED
    assert verify_project(sue, project).findings == []
    for ws in (ann, bob, sue):
        ws.close()
