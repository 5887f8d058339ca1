import pytest

pytest.skip("no such system", allow_module_level=True)
