"""Read models shared by the server and the leaderboard: plain dataclasses."""
