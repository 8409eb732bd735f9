"""The table of roles: complete, and each role may what the one before it may."""

from itertools import pairwise

import pytest

from schemas.roles import LEAST_ROLE, Permission, Role, changes, may


def test_every_permission_stands_in_the_table() -> None:
    assert set(LEAST_ROLE) == set(Permission)


@pytest.mark.parametrize("permission", Permission)
def test_more_rights_are_never_fewer(permission: Permission) -> None:
    assert all(may(more, permission) >= may(less, permission) for less, more in pairwise(Role))


@pytest.mark.parametrize("role", Role)
def test_no_role_is_a_producer(role: Role) -> None:
    assert not may(role, Permission.INGEST)


def test_a_viewer_only_looks() -> None:
    allowed = {permission for permission in Permission if may(Role.VIEWER, permission)}
    assert allowed == {Permission.READ, Permission.OWN_ACCOUNT}


def test_what_only_reads_changes_nothing() -> None:
    looking = {permission for permission in Permission if not changes(permission)}
    assert Permission.PUBLIC in looking
    named = {permission for permission in Permission if permission.startswith("read")}
    assert looking - {Permission.PUBLIC} == named
