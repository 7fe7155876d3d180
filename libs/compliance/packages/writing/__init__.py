"""Writers: one file of the blocks of a package. The same blocks and the same day make the same bytes."""
