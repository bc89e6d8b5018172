# Bytecode is written at the first start and read at each later one; without it every start takes ten seconds longer.
unexport PYTHONDONTWRITEBYTECODE
BIN = .venv/bin
# Three processes for two cores, because many tests wait for servers and commands. Each needs a gigabyte. A file's tests stay
# together. Files are taken in the order of their names: by their numbers of tests, the long ones of tests/e2e would be
# last, and one process would wait.
PYTEST = $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder
PLACE = $(or $(URL),http://127.0.0.1:8501)/v1/models/$(or $(MODEL),chicago-taxi)
# Without the advertisement of its successor.
MKDOCS = NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs

.PHONY: help run predict test test-next cluster test-cluster fast fuzz fuzz-requests parity check format docs docs-serve benchmark benchmark-quality benchmark-autogluon benchmark-registry benchmark-commands benchmark-dashboard benchmark-serving benchmark-explanations benchmark-score lock set-up data

help: ## these lines
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' Makefile | awk -F': ' '{printf "make %-17s %s\n", $$1, $$2}'

run: data ## set up, then run the pipeline on the taxi rows (ARGS="--json" and the like are passed on)
	@$(BIN)/penstock run $(ARGS)

predict: data ## send a row to a running `penstock serve` with curl (URL=http://127.0.0.1:8501 MODEL=chicago-taxi SEED=0)
	@request=$$($(BIN)/python scripts/request.py $(PLACE) data/taxi/trips.csv --seed $(or $(SEED),0)) \
		&& echo "$$request" | curl --silent --show-error --fail-with-body --data-binary @- $(PLACE):predict && echo

test: data ## set up, then run every test (ARGS="tests/cli" and the like are passed on)
	@$(PYTEST) -m "not (stacks or cluster)" $(ARGS)

test-next: data ## test TFX 1.21 in a Debian 13 that is made in .tools, and compare it with TFX 1.16 (root only)
	@scripts/test-next $(ARGS)

cluster: set-up ## start a Flink on this machine, or SYSTEM=spark (ARGS=stop stops it; needs Maven and Java 17)
	@$(BIN)/python -m scripts.cluster $(or $(ARGS),start) $(or $(SYSTEM),flink)

test-cluster: data ## start a Flink and a Spark, and compare runs on them with local ones (FULL=1 for every size)
	@CLUSTER_FULL=$(FULL) $(BIN)/python -m pytest -m cluster --timeout 0 tests/clusters $(ARGS)

fast: data ## the tests that take less than a fifth of a second each
	@$(PYTEST) -m "not (e2e or slow or stacks or cluster)" $(ARGS)

fuzz: data ## read generated files for MINUTES=10, other ones each time, and compare with the standard library
	@$(BIN)/python scripts/fuzz.py $(or $(MINUTES),10)

fuzz-requests: set-up ## read generated requests of the prediction server, REST and gRPC, for MINUTES=10
	@TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/python scripts/fuzz_requests.py $(or $(MINUTES),10)

parity: data ## compare predict with training on random tables (COUNT=300 FIRST=0)
	@PARITY_COUNT=$(or $(COUNT),300) PARITY_FIRST=$(or $(FIRST),0) $(BIN)/python -m pytest -q --timeout 0 tests/e2e/test_parity.py -rs $(ARGS)

check: set-up ## lint, format, types, layers and the documentation
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MKDOCS) build --strict --quiet

format: set-up ## fix what ruff can fix
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: set-up ## write the command reference, then build the documentation into .site
	@$(BIN)/python scripts/write_command_reference.py
	@$(MKDOCS) build --strict

docs-serve: set-up ## serve the documentation at http://localhost:8000, built again at each change
	@$(MKDOCS) serve --strict $(ARGS)

benchmark: data ## measure against upstream's template (SIZES="15002 150020" REPEATS=3 RESUME=1)
	@$(BIN)/python -m benchmarks $(if $(SIZES),--sizes $(SIZES)) $(if $(REPEATS),--repeats $(REPEATS)) \
		$(if $(RESUME),--resume) $(ARGS)

benchmark-quality: data ## measure the models against scikit-learn's (TABLES="taxi iris" FAMILIES=trees REPEATS=3 RESUME=1)
	@$(BIN)/python -m benchmarks.quality $(if $(TABLES),--tables $(TABLES)) $(if $(FAMILIES),--families $(FAMILIES)) \
		$(if $(REPEATS),--repeats $(REPEATS)) $(if $(RESUME),--resume) $(ARGS)

benchmark-autogluon: data ## compare auto with AutoGluon within limits of processor time (LIMITS="10 60" TABLES="taxi ames" RESUME=1)
	@$(BIN)/python -m benchmarks.quality.compared $(if $(TABLES),--tables $(TABLES)) $(if $(LIMITS),--limits $(LIMITS)) \
		$(if $(RESUME),--resume) $(ARGS)

benchmark-registry: set-up ## measure the registry: lists of 100,000 experiments, 16 writers and 16 readers (ARGS="--uri postgresql://...")
	@$(BIN)/python -m benchmarks.registry $(ARGS)

benchmark-commands: set-up ## measure the commands of the registry against the import of TensorFlow (ARGS="--repeats 3 --check")
	@$(BIN)/python -m benchmarks.registry_commands $(ARGS)

benchmark-dashboard: set-up ## measure the pages of the dashboard with 1,000 runs and 100 columns (ARGS="--json docs/dashboard.json")
	@$(BIN)/python -m benchmarks.dashboard $(ARGS)

benchmark-serving: set-up ## measure the prediction server against its model in process (MODEL=models/chicago-taxi SECONDS=3 ARGS="--swaps 0")
	@$(BIN)/python -m benchmarks.serving --model $(or $(MODEL),models/chicago-taxi) $(if $(SECONDS),--seconds $(SECONDS)) $(ARGS)

benchmark-explanations: set-up ## compare explanations of trees with shap's TreeExplainer (ARGS="--repeats 5")
	@$(BIN)/python -m benchmarks.explanations $(ARGS)

benchmark-score: data ## compare penstock score with penstock predict (ROWS=1500200 REPEATS=3)
	@$(BIN)/python -m benchmarks.score_rows $(or $(ROWS),1500200) $(or $(REPEATS),3)

lock: ## make the lock files from pyproject.toml (ARGS=--upgrade for the newest versions)
	@scripts/lock $(ARGS)

set-up: ## make .venv from a lock file (PENSTOCK_STACK=1.16 or 1.21 chooses TFX)
	@scripts/set-up

data: set-up ## put the taxi rows into data/taxi
	@$(BIN)/python scripts/prepare_data.py
