# Two commands do all: `make report` and `make test`. Packages come from the hashed locks.
PYTHON ?= python3
BIN := .venv/bin
RUN := PYTHONPATH=tests/support $(BIN)/python -m
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Two processes share the tests; a file's tests stay together, so that what it opens is opened once.
PARALLEL ?= -n 2 --dist loadfile
PATIENT := -o faulthandler_timeout=0  # a test of every kill takes longer than one that hangs may
UNIT := not kernel and not browser and not postgres and not mariadb and not spark and not office
CHANGED = $(shell { git diff --name-only $$(git merge-base HEAD main); git ls-files --others --exclude-standard; } \
  | sed -nE 's,^(src/helpers|tests)/([a-z_]+)/.*,tests/\2,p' | sort -u | xargs -r ls -d 2>/dev/null)

unexport PYTHONDONTWRITEBYTECODE  # each kernel would compile every module anew

.PHONY: report test quick unit types mutants soak lab bench bench-spark bench-promise pictures sizes docs format lock clean

report: .venv/.installed  ## make the demo company's sales and publish its reports for last month
	$(BIN)/client-rating make-demo
	$(BIN)/client-rating run params/demo/promising_clients.yaml
	$(BIN)/client-rating run params/demo/bonuses_and_price_lists.yaml
	$(BIN)/client-rating run params/demo_fr/client_rating.yaml
	$(BIN)/client-rating run params/demo/client_rating.yaml  # last, for it links to what is published

test: .venv/.tested  ## run every test
	$(BIN)/lint-imports
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/vulture
	$(BIN)/mypy
	$(BIN)/python -m pytest $(PARALLEL) $(PYTEST)

quick: .venv/.tested  ## style, imports, dead code, doctests, and the fast tests of the folders changed since main: 30 s
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/vulture
	$(BIN)/python -m pytest $(PARALLEL) -m "$(UNIT)" src tests/test_*.py $(CHANGED) $(PYTEST)

unit: .venv/.tested  ## all tests without kernel, browser, server, Spark and office; lists the lines they leave out
	$(BIN)/python -m pytest $(PARALLEL) -m "$(UNIT)" --cov --cov-report=term $(PYTEST)

types: .venv/.tested  ## mypy, strict; then how many remarks each folder has
	@$(BIN)/mypy > .mypy_cache/remarks 2>&1; status=$$?; cat .mypy_cache/remarks; \
	sed -nE 's,^src/helpers/([a-z_]+)(/|\.py).*: error: .*,\1,p' .mypy_cache/remarks | sort | uniq -c; exit $$status

mutants: .venv/.tested  ## change sales/ and analysis/ line by line; what no test notices survives (hours)
	$(BIN)/mutmut run $(MUTANTS)
	$(BIN)/mutmut results

soak: .venv/.tested  ## every kill, every full disk, every made-up company and every test on Spark, where `make test` takes a sample
	CLIENT_RATING_SOAK=whole $(BIN)/python -m pytest $(PATIENT) tests/publishing/test_kills.py tests/publishing/test_canary.py \
	  tests/whole/test_settings_in_pairs.py $(PYTEST)
	CLIENT_RATING_SOAK=whole $(BIN)/python -m pytest $(PATIENT) -m "spark or hypothesis" $(PYTEST)

lab: .venv/.installed  ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab --notebook-dir=. notebooks/explore.ipynb

bench: .venv/.tested  ## measure side by side; prints ratios
	$(RUN) tests.bench.rating
	$(RUN) tests.bench.csv_files
	$(RUN) tests.bench.bonuses
	$(RUN) tests.bench.view

bench-spark: .venv/.tested  ## the report on Spark beside the embedded engine, 1, 5 and 20 M lines (needs Java)
	$(RUN) tests.bench.spark

bench-promise: .venv/.tested  ## compare the promising clients' method with its rivals on public data; its cost
	$(RUN) tests.bench.promising
	$(RUN) tests.bench.promising_page

pictures: .venv/.tested  ## draw the pictures of docs/ from the demo (needs chromium)
	$(BIN)/client-rating make-demo
	$(RUN) tests.bench.pictures docs

docs: .venv/.tested  ## write anew what docs/ says of the code: the tree, its picture, what a notebook may call
	$(BIN)/python docs/reference.py

sizes: .venv/.tested  ## sizes and times of the page beside other table makers (needs chromium)
	$(RUN) tests.bench.sizes

format: .venv/.tested  ## format modules and notebooks
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lock:  ## write both locks anew (needs uv)
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-header --no-strip-extras -q -o requirements.lock
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-header --no-strip-extras -q -c requirements.lock -o requirements-test.lock

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
