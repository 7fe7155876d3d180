"""What the pages of jobs, files and mappings say."""
