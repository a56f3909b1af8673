"""Running a network and the record of it: steps, statistics, predictions, the saved trace."""
