"""papermill's engine `fork`: cells run in a forked child whose libraries are imported, not in a kernel.

In comes papermill's notebook, out comes the same with outputs and timings, as its own engine leaves it: nbclient reads
the child's messages as it reads a kernel's.
"""

import os
import platform
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from nbclient.client import timestamp
from nbclient.exceptions import CellExecutionComplete, CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines

from helpers.publishing.cells import run_cells
from helpers.publishing.child import Child, Workplace, started, workplace

ENGINE = "fork" if hasattr(os, "fork") else "nbclient"
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3}, "file_extension": ".py", "mimetype": "text/x-python",
    "name": "python", "nbconvert_exporter": "python", "pygments_lexer": "ipython3",
    "version": platform.python_version(),
}  # fmt: skip


def engine_options(place: Workplace) -> dict[str, Any]:
    """What papermill hands on to the engine of a run; where nothing forks, papermill's own starts a kernel."""
    if ENGINE == "fork":
        return {"place": place}
    from jupyter_client.manager import AsyncKernelManager

    class KernelOfRun(AsyncKernelManager):
        """The kernel of one run, at its workplace."""

        async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
            await super().start_kernel(**options | {"cwd": str(place.folder), "env": place.environment})

    return {
        "kernel_manager_class": KernelOfRun,
        "execution_timeout": place.limits.seconds,
        "shutdown_kernel": "immediate",
    }


class ForkEngine(Engine):  # type: ignore[misc]  # papermill publishes no types
    """What `papermill --engine fork` runs a notebook with; a report's run names its workplace."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, place: Workplace | None = None, **options: Any
    ) -> None:
        """Run the notebook's cells, in the current folder unless a workplace is named."""
        if place is None:
            with tempfile.TemporaryDirectory() as folder, workplace(Path(folder), Path.cwd()) as own:
                return cls.execute_managed_notebook(nb_man, kernel_name, own, **options)
        with started(place, run_cells) as child:
            client = ForkClient(nb_man, child, log_output=options.get("log_output", False))
            client.reset_execution_trackers()
            client.papermill_execute_cells()
        nb_man.nb.metadata["language_info"] = LANGUAGE


class ForkClient(PapermillNotebookClient):  # type: ignore[misc]
    """nbclient without a kernel: a child executes the cells."""

    def __init__(self, nb_man: NotebookExecutionManager, child: Child, **options: Any):
        super().__init__(nb_man, **options)
        self.child, self.incoming = child, child.messages()

    def execute_cell(self, cell: NotebookNode, cell_index: int) -> NotebookNode:
        """Execute one code cell; CellExecutionError when it fails, DeadKernelError when the child ends in it."""
        if cell.cell_type != "code" or not cell.source.strip():
            return cell
        cell.metadata["execution"], cell.outputs = {}, []
        self.clear_before_next_output = False
        self.code_cells_executed += 1
        self.child.send({"source": cell.source})
        reply = self._process_messages(cell, cell_index)
        if reply["status"] == "error" and "raises-exception" not in cell.metadata.get("tags", []):
            raise CellExecutionError.from_cell_and_msg(cell, reply)
        return cell

    def _process_messages(self, cell: NotebookNode, cell_index: int) -> dict[str, Any]:
        """Read what the child sends of a cell until it is done with it; the content of its reply."""
        reply: dict[str, Any] = {}
        for sent in self.incoming:
            header = {"msg_type": sent["msg_type"], "date": datetime.fromisoformat(sent["date"])}
            message = sent | {"header": header, "parent_header": {}}
            if message["msg_type"] == "execute_reply":
                cell.metadata["execution"]["shell.execute_reply"] = timestamp(message)
                reply = message["content"]
                continue
            try:
                self.process_message(message, cell, cell_index)
            except CellExecutionComplete:
                return reply
        raise DeadKernelError("Kernel died")

    def output(self, outs: list[NotebookNode], *about: Any) -> NotebookNode | None:
        """Add an output; what goes on the stream of the one before goes on with it."""
        shown = super().output(outs, *about)
        if len(outs) > 1 and [o.get("name") for o in outs[-2:]] in (["stdout"] * 2, ["stderr"] * 2):
            outs[-2].text += outs.pop().text
        return shown


papermill_engines.register("fork", ForkEngine)  # whatever entry points the installation has
