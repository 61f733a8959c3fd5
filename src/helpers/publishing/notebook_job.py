"""Notebook Jobs of JupyterLab, by jupyter-scheduler: a job publishes what `client-rating run` would.

In come a notebook and parameters as texts, out comes the published folder, or a sentence as the job's status. The job's
own files are copies of its page and its executed notebook.
"""

import os
import shutil
from pathlib import Path

from jupyter_scheduler.executors import DefaultExecutionManager

from helpers.errors import ReportError
from helpers.publishing.notebook_run import declared_parameters, prepare
from helpers.publishing.publish import RunOptions, publish
from helpers.settings.company import company_folder
from helpers.settings.parameters import ReportParameters
from helpers.settings.read import project_root
from helpers.settings.secrets import scrubbed


class ReportExecution(DefaultExecutionManager):  # type: ignore[misc]  # jupyter-scheduler publishes no types
    """What jupyter-scheduler runs a job with: `--Scheduler.execution_manager_class=` names it."""

    def execute(self) -> None:
        """Publish the job's notebook with the params file of its company, whose values the job's parameters win over.

        Raises a ReportError, which jupyter-scheduler shows as the job's status."""
        os.umask(0o027)
        try:
            self._publish(Path(self.staging_paths["input"]), self.model.parameters or {})
        except ReportError as error:
            raise type(error)(scrubbed(str(error))) from None

    def _publish(self, notebook: Path, parameters: dict[str, str]) -> None:
        root = project_root(Path(self.root_dir))
        declared = declared_parameters(notebook)
        default = declared["company"].default if "company" in declared else ReportParameters().company
        folder = company_folder(parameters.get("company", default), root)
        job = prepare(folder / f"{notebook.stem}.yaml", parameters, root=root, notebook=notebook)
        executed = self.staging_paths.get("ipynb")
        page = publish(job, root / "published", options=RunOptions(executed=Path(executed) if executed else None))
        if html := self.staging_paths.get("html"):
            shutil.copyfile(page, html)
