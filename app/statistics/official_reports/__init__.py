"""Official reports: their contents, how they are drafted and issued, and their pages."""
