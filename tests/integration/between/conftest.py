"""What tests of this folder share."""

from tests.integration.between.login import login

__all__ = ["login"]
