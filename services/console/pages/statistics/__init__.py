"""/statistics: a week by the minute, a year by the day."""
