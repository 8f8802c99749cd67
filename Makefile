# Everything a newcomer types: `make demo`, `make test`. Developers: `make check`, `make fix`.
VENV   ?= .venv
PYTHON ?= python3
# First, and by itself: any other order lets pip choose a build with gigabytes of CUDA packages.
TORCH  ?= torch==2.13.0
BIN    := $(VENV)/bin
JOBS ?= 2
# Exact versions, so that a green suite stays green; LOCK=/dev/null takes the newest instead.
LOCK ?= constraints.txt
# A Python that has vLLM, cft_eval and pytest: vLLM pins a torch of its own.
VLLM_PYTHON ?= $(BIN)/python
export HF_HUB_OFFLINE ?= 1

.PHONY: help install demo test test-slow test-all test-vllm test-next test-postgres openapi check gate gate-freeze fix lock docs audit licences bench clean
help:               ## what can be typed
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:[^#]*##/\t/'
install: $(VENV)/.installed  ## an editable install with everything a developer needs
$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet '$(TORCH)'
	$(BIN)/pip install --quiet --constraint $(LOCK) --editable '.[all]' --group dev
	touch $@
lock:               ## constraints.txt anew: the newest of everything, in an environment of its own
	@rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet --upgrade 'pip>=25.1'
	.venv-lock/bin/pip install --quiet '$(TORCH)'
	.venv-lock/bin/pip install --quiet --editable '.[all]' --group dev
	@echo "# What a developer's environment holds, torch apart: \`make lock\` writes it, \`make install\` keeps to it." > constraints.txt
	.venv-lock/bin/pip freeze --exclude-editable | grep -Eiv '^(torch|triton|nvidia-|pip|setuptools)' >> constraints.txt
	@rm -rf .venv-lock
demo: install       ## train, evaluate, push, look at the board, gate: offline, minutes
	$(BIN)/cft-eval demo
# Two threads for a model of some thousand weights wait for each other most of the time.
test test-slow test-vllm test-next: export OMP_NUM_THREADS ?= 1
# Where bytecode is not written, every process that a test starts compiles all of our modules anew.
test test-slow test-next: export PYTHONDONTWRITEBYTECODE :=
PYTEST = $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder
test: install       ## the tests, without the slow ones (JOBS=0: one after the other)
	$(PYTEST) -m "not slow"
test-slow: install  ## the slow tests: whole trainings, real servers, simulations
	$(PYTEST) -m slow
test-all: test test-slow  ## every test that this machine can run
test-vllm:          ## the tests that need vLLM; installs nothing: VLLM_PYTHON=… names a Python that has it
	$(VLLM_PYTHON) -m pytest tests/harness/test_vllm.py -rs
test-next: install  ## the tests of the tasks again, under the pre-release of the next lm-eval
	.ci/with-next-lm-eval python -m pytest -n $(JOBS) tests/harness
test-postgres: install  ## the server's tests again, on a real PostgreSQL that is started for them
	.ci/with-postgres $(BIN)/python -m pytest -n 2 tests/server tests/client -m "not sqlite"
openapi: install    ## docs/openapi.json, after a change of the API and of API_VERSION
	$(BIN)/python .ci/openapi.py
check: install      ## what CI runs before the tests
	$(BIN)/ruff format --check && $(BIN)/ruff check && $(BIN)/mypy
gate: build/gate/log ## our own gate: recorded responses, graded anew, against .ci/gate/baseline.json
	$(BIN)/cft-eval gate build/gate --baseline .ci/gate/baseline.json --strict --junit build/gate.xml
gate-freeze: build/gate/log ## after a change of prompts, items or checker that is meant
	$(BIN)/cft-eval gate freeze build/gate -o .ci/gate/baseline.json
.PHONY: build/gate/log
build/gate/log: install
	@rm -rf build/gate && mkdir -p build/gate
	@$(BIN)/python .ci/gate/replay.py build/gate >$@ 2>&1 || (cat $@; false)
docs: install       ## the guide as a site, in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
audit: install      ## known vulnerabilities in what is installed; asks PyPI
	$(BIN)/pip install --quiet pip-audit
	$(BIN)/pip-audit --local --skip-editable
licences: install   ## docs/licences.md, from the metadata of what is installed
	$(BIN)/python docs/licences.py
bench: install      ## the benchmarks that fit a machine of two cores, beside their peers: 20 minutes
	@test -x .venv-peer/bin/python || $(PYTHON) -m venv .venv-peer
	@.venv-peer/bin/pip install --quiet 'math-verify[antlr4_13_2]==0.9.0'
	$(BIN)/python benchmarks/all.py --peer-python .venv-peer/bin/python
fix: install        ## format, and mend what ruff can mend
	$(BIN)/ruff check --fix && $(BIN)/ruff format
clean:              ## remove what was built here
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache
