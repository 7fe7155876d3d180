"""Writers of formats: rows in, pieces of a file out, in bounded memory, safe to open in a spreadsheet."""
