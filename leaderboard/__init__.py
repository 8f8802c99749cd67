"""The leaderboard: tables, plots and pages from runs and statistics. Knows nothing of HTTP."""
