"""Documents: numbers, snapshots, PDF, pictures, charts, workbooks."""
