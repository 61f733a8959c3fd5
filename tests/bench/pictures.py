"""The README's pictures: the demo's report light, dark, on a phone, in French, in Arabic, on paper.

Run it from the project's root: `PYTHONPATH=tests/support .venv/bin/python -m tests.bench.pictures docs`.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import pypdfium2
from PIL import Image
from playwright.sync_api import sync_playwright

from helpers.page.pdf import chromium, write_pdf

WIDE = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}
PICTURES = {
    "report-light": ("en", WIDE),
    "report-dark": ("en", WIDE | {"color_scheme": "dark"}),
    "report-phone": ("en", PHONE),
    "report-fr": ("fr", WIDE),
    "report-ar": ("ar", WIDE),
}


def published(language: str, folder: Path) -> Path:
    """The demo's page in a language, run into a folder of its own."""
    command = [sys.executable, "-m", "helpers", "run", "params/demo/client_rating.yaml"]
    subprocess.run([*command, "-p", "language", language, "--out", str(folder)], check=True)
    return next((folder / "demo" / "client_rating").glob("[0-9]*/index.html"))


def main(target: Path) -> None:
    """Write the pictures into `target`."""
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as work, sync_playwright() as play:
        pages = {language: published(language, Path(work) / language) for language in ("en", "fr", "ar")}
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for name, (language, options) in PICTURES.items():
            page = browser.new_page(**options)
            page.goto(pages[language].as_uri())
            page.screenshot(path=target / f"{name}.png", full_page=True)
            page.close()
        browser.close()
        pdf = Path(work) / "report.pdf"
        write_pdf(pages["en"], pdf)
        document = pypdfium2.PdfDocument(pdf)
        document[1].render(scale=1.6).to_pil().save(target / "report-print.png")
        document.close()
    for picture in target.glob("report-*.png"):
        Image.open(picture).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(picture, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
