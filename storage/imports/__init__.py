"""Import of the agency's records from CSV, XLSX and SQL, with a report by row; all of a source or nothing of it."""

from storage.imports.certifications import import_certifications
from storage.imports.contributions import import_contributions
from storage.imports.people import import_people
from storage.imports.report import ImportReport, Problem
from storage.imports.rights import JOBS, LABELS, import_jobs, import_rights
from storage.imports.samples import example
from storage.imports.source import Given, SqlSource

__all__ = [
    "JOBS",
    "LABELS",
    "Given",
    "ImportReport",
    "Problem",
    "SqlSource",
    "example",
    "import_certifications",
    "import_contributions",
    "import_jobs",
    "import_people",
    "import_rights",
]
