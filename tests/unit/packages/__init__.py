"""Files of packages, without stores."""
