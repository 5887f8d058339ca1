def test_two(shared, per_module):
    assert len(shared) == 1
