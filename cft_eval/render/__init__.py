"""Drawing shared by reports and pages: SVG, charts, text, TeX, the comparison report."""
