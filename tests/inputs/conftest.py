"""What the tests of inputs share."""

from fractions import Fraction

import pytest

from dataflow_cli.errors import DftraceError
from dataflow_cli.netfile.model import InputSpec


@pytest.fixture
def gray():
    """The input of a network for digits."""
    return InputSpec("input", (28, 28, 1), scale=Fraction(1, 255))


@pytest.fixture
def failure(tmp_path):
    """Calls, and gives code, message and hint of the error, without the test's folder."""

    def call(function, *arguments, **named):
        with pytest.raises(DftraceError) as caught:
            function(*arguments, **named)
        error = caught.value
        assert error.message.isprintable()
        return error.code, error.message.replace(f"{tmp_path}/", ""), error.hint.replace(f"{tmp_path}/", "")

    return call
