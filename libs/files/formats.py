"""The formats of files that are read, in the order in which a file's content is compared with them."""

from libs.files.adapters import (
    cnil_pia,
    datahub,
    fides,
    fideslang,
    hawk_eye,
    openmetadata,
    piicatcher,
    presidio,
    vi_register,
)
from libs.files.readers import delimited_table
from libs.files.readers.format import Format
from libs.files.readers.json import table as json
from libs.files.readers.outside import table as outside
from libs.files.readers.xlsx import table as xlsx

COMPRESSIONS = ("gzip", "zstd")
"""Each format may come in one of these, or as it is."""

FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        xlsx.FORMAT,
        outside.XLS,
        outside.ODS,
        outside.PARQUET,
        fides.FORMAT,
        fideslang.FORMAT,
        presidio.FORMAT,
        openmetadata.FORMAT,
        datahub.FORMAT,
        piicatcher.FORMAT,
        hawk_eye.FORMAT,
        cnil_pia.FORMAT,
        vi_register.FORMAT,
        json.NDJSON,
        json.JSON,
        delimited_table.FORMAT,
    )
}
