"""Routes, pages and middleware: the only package that knows HTTP."""
