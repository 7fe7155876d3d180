"""XLSX (ECMA-376), streamed: rows in bounded memory, whatever the size of the workbook. Values as they were saved."""
