"""Whether this machine can lay out PDF files; CI always can."""

from ctypes.util import find_library

import pytest

needs_pango = pytest.mark.skipif(
    find_library("pango-1.0") is None, reason="there is no Pango on this machine"
)
