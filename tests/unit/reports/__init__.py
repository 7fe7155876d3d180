"""Reports, without stores."""
