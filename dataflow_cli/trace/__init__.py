"""The record of a run: steps, statistics, predictions; saved, loaded and merged. It knows no network."""
