"""The page that says what is measured, how it is graded, and what the words mean."""
