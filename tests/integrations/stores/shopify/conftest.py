"""The wire, strict: every prepared answer must be asked for, nothing else may be sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(
        assert_all_requests_are_fired=True, registry=responses.registries.OrderedRegistry
    ) as mock:
        yield mock
