"""The CFT paper in one command, and what each of its steps takes before it starts.

    base, data ──> plan (hashed) ──> base run ─> arms x seeds ─> selection ─> suite ──> report

Every step is a command that a user could type; one whose result lies there is not done again.
"""
