import asyncio

import pytest
from hypothesis import given, settings, strategies


async def test_async():
    await asyncio.sleep(0)


@pytest.fixture
async def later():
    await asyncio.sleep(0)
    return 1


async def test_async_fixture(later):
    assert later == 1


async def test_async_fails():
    assert await asyncio.sleep(0, 1) == 2


def test_mock(mocker):
    mocker.patch("os.getcwd", return_value="elsewhere")
    import os

    assert os.getcwd() == "elsewhere"


@settings(max_examples=5, database=None)
@given(strategies.integers())
def test_property(n):
    assert n == n


@settings(max_examples=20, database=None)
@given(strategies.integers(min_value=1))
def test_property_fails(n):
    assert n < 0


def test_builtin_fixtures(tmp_path, monkeypatch, capsys, caplog, request):
    monkeypatch.chdir(tmp_path)
    print("seen")
    assert capsys.readouterr().out == "seen\n"


def test_leaves_another_folder(tmp_path):
    import os

    os.chdir(tmp_path)


def test_subtests(subtests):
    for i in range(2):
        with subtests.test(msg="even", i=i):
            assert i % 2 == 0


def test_subtests_pass(subtests):
    with subtests.test(msg="fine"):
        pass
