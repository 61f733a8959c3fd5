# Two commands do all: `make report` and `make test`. Packages come from the hashed locks.
PYTHON ?= python3
BIN := .venv/bin
RUN := PYTHONPATH=tests/support $(BIN)/python -m
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: report test lab bench bench-promise pictures sizes format lock clean

report: .venv/.installed  ## make the demo company's sales and publish its reports for last month
	$(BIN)/client-rating make-demo
	$(BIN)/client-rating run params/demo/client_rating.yaml
	$(BIN)/client-rating run params/demo/promising_clients.yaml
	$(BIN)/client-rating run params/demo/bonuses_and_price_lists.yaml

test: .venv/.tested  ## run every test
	$(BIN)/lint-imports
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/python -m pytest $(PYTEST)

lab: .venv/.installed  ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab --notebook-dir=. notebooks/explore.ipynb

bench: .venv/.tested  ## measure side by side; prints ratios
	$(RUN) tests.bench.rating
	$(RUN) tests.bench.csv_files
	$(RUN) tests.bench.bonuses

bench-promise: .venv/.tested  ## compare the promising clients' method with its rivals on public data; its cost
	$(RUN) tests.bench.promising
	$(RUN) tests.bench.promising_page

pictures: .venv/.tested  ## draw the pictures of docs/ from the demo (needs chromium)
	$(BIN)/client-rating make-demo
	$(RUN) tests.bench.pictures docs

sizes: .venv/.tested  ## sizes and times of the page beside other table makers (needs chromium)
	$(RUN) tests.bench.sizes

format: .venv/.tested  ## format modules and notebooks
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lock:  ## write both locks anew (needs uv)
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-header -q -c requirements.lock -o requirements-test.lock

clean:  ## remove what the commands made, published pages apart
	rm -rf .venv data/demo work

.venv/.installed: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

.venv/.tested: requirements-test.lock .venv/.installed
	$(PIP) install --require-hashes -r requirements-test.lock
	touch $@
