"""Pages of a PDF: typst lays them out, stretch by stretch, and they are joined and numbered."""
