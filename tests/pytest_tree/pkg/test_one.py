def test_one(shared, per_module):
    assert len(shared) == 1


def test_same(shared):
    assert len(shared) == 1
