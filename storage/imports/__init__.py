"""Import of the agency's records from CSV and XLSX, with a report by row; all of a file or nothing of it."""

from storage.imports.contributions import import_contributions
from storage.imports.people import import_people
from storage.imports.report import ImportReport, Problem

__all__ = ["ImportReport", "Problem", "import_contributions", "import_people"]
