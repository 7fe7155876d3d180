"""What the formats of files are called."""

from libs.contracts.texts.text import Text

FORMATS: dict[str, Text] = {
    "FORMAT_CSV": Text("Delimited text (CSV, TSV, any delimiter)", "Văn bản có dấu phân cách (CSV, TSV, dấu bất kỳ)"),
    "FORMAT_XLSX": Text("Excel workbook (xlsx)", "Bảng tính Excel (xlsx)"),
    "FORMAT_XLS": Text("Excel workbook of before 2007 (xls)", "Bảng tính Excel đời trước 2007 (xls)"),
    "FORMAT_ODS": Text("OpenDocument spreadsheet (ods)", "Bảng tính OpenDocument (ods)"),
    "FORMAT_NDJSON": Text("A JSON object a line (NDJSON)", "Mỗi dòng một đối tượng JSON (NDJSON)"),
    "FORMAT_JSON": Text("A JSON list of objects", "Danh sách đối tượng JSON"),
    "FORMAT_PARQUET": Text("Apache Parquet", "Apache Parquet"),
    "FORMAT_FIDES": Text("Fides systems and datasets (YAML)", "Hệ thống và tập dữ liệu Fides (YAML)"),
    "FORMAT_FIDESLANG": Text("Fideslang data categories (CSV)", "Loại dữ liệu Fideslang (CSV)"),
    "FORMAT_PRESIDIO": Text("Presidio results in an envelope", "Kết quả Presidio kèm phần bao"),
    "FORMAT_OPENMETADATA": Text("OpenMetadata tables", "Bảng dữ liệu OpenMetadata"),
    "FORMAT_DATAHUB": Text("DataHub metadata events", "Sự kiện siêu dữ liệu DataHub"),
    "FORMAT_PIICATCHER": Text("PIICatcher findings", "Kết quả quét PIICatcher"),
    "FORMAT_HAWK_EYE": Text("Hawk-eye findings", "Kết quả quét Hawk-eye"),
    "FORMAT_CNIL_PIA": Text("CNIL PIA export", "Bản xuất từ CNIL PIA"),
    "FORMAT_VI_REGISTER": Text("Vietnamese register of 20 columns (CSV)", "Sổ đăng ký tiếng Việt 20 cột (CSV)"),
}
