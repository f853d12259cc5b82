import pytest

from tests.queries.spec import empty_build


@pytest.fixture
def con():
    con = empty_build()
    yield con
    con.close()
