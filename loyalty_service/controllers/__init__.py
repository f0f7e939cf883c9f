from . import (
)
