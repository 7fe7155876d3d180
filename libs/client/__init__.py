"""The Python client that scanners use, and the `sluice` command."""

from libs.client.answers import PushProgress, Reject
from libs.client.client import SluiceClient
from libs.client.failures import SluiceError, SluiceUnavailableError, TokenError
from libs.client.files.uploading import UploadProgress
from libs.client.pushing import Push
from libs.client.retrying import Waiting
from libs.contracts.answers import JobView, ProgressView
from libs.contracts.chunks import RecordErrorView, RowErrorView
from libs.contracts.files.file import FileView
from libs.contracts.files.mapping_bodies import MappingListItem, MappingView, Preview

__all__ = [
    "FileView",
    "JobView",
    "MappingListItem",
    "MappingView",
    "Preview",
    "ProgressView",
    "Push",
    "PushProgress",
    "RecordErrorView",
    "Reject",
    "RowErrorView",
    "SluiceClient",
    "SluiceError",
    "SluiceUnavailableError",
    "TokenError",
    "UploadProgress",
    "Waiting",
]
