"""Tests of one group run in one worker: what they share is made once."""

import pytest


@pytest.mark.xdist_group("of this file")
def test_a_group_reaches_the_scheduler_in_the_id(request):
    if not request.config.getoption("loadgroup", default=False):
        pytest.skip("only where tests are spread over workers by group: make test")
    assert request.node.nodeid.endswith("@of this file")
