"""Look a kernel's data over, and mend what can be mended without losing anything.

``examination`` goes through the rooms of the house: ``folder`` (files, rights, disk, engine),
``tables`` (the database by itself), ``sources`` (git, and whether it agrees with the database).
Each gives findings; what a finding means for the command line is ``cli``'s business.
"""

from workspace_kernel.doctor.examination import examine, mend
from workspace_kernel.doctor.report import Finding, Report, Severity

__all__ = ["Finding", "Report", "Severity", "examine", "mend"]
